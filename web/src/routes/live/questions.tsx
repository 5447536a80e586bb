import { useEffect, useState } from "react";
import { type ChatEntry, type LiveRoom, type PollView, questionOf, type RoomView } from "@mockly/client";
import { BarChart3, Check, CornerDownRight, MessageCircleQuestion, Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { useForm } from "@/lib/form";
import { timeOnly } from "@/lib/format";

import { withLinks } from "@/components/links";

const OPTIONS_MAX = 10;

interface QuestionsProps {
  room: RoomView;
  store: LiveRoom;
  host: boolean;
  /** Whether a poll is being made. */
  making: boolean;
  setMaking: (making: boolean) => void;
  onAnswer: (questionId: string) => void;
}

/** The polls, and what was asked in the chat. */
export function Questions({ room, store, host, making, setMaking, onAnswer }: QuestionsProps) {
  const { t } = useTranslation();
  const questions = room.messages.filter(({ messageType }) => messageType === "QUESTION");
  return (
    <div className="grid gap-6 p-3">
      <section className="grid gap-3">
        <div className="flex items-center justify-between gap-2">
          <h2 className="flex items-center gap-2 text-sm font-semibold">
            <BarChart3 aria-hidden className="size-4" />
            {t("poll.title")}
          </h2>
          {host && !making && (
            <Button variant="outline" size="sm" onClick={() => setMaking(true)}>
              <Plus aria-hidden />
              {t("poll.new")}
            </Button>
          )}
        </div>
        {making && <PollForm store={store} onDone={() => setMaking(false)} />}
        {room.polls.length === 0 && !making && <p className="text-sm text-muted-foreground">{t("poll.empty")}</p>}
        {room.polls.toReversed().map((poll) => (
          <Poll key={poll.pollId} poll={poll} own={room.votes[poll.pollId]} store={store} host={host} />
        ))}
      </section>
      <section className="grid gap-3">
        <h2 className="flex items-center gap-2 text-sm font-semibold">
          <MessageCircleQuestion aria-hidden className="size-4" />
          {t("question.title")}
        </h2>
        {questions.length === 0 ? (
          <p className="text-sm text-muted-foreground">{t("question.empty")}</p>
        ) : (
          <ul className="grid grid-cols-1 gap-3">
            {questions.map((question) => (
              <Question
                key={`${question.clientId}/${question.chatId}`}
                question={question}
                answers={room.messages.filter((message) => question.messageId !== null && questionOf(message) === question.messageId)}
                onAnswer={onAnswer}
              />
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

function Question({ question, answers, onAnswer }: { question: ChatEntry; answers: ChatEntry[]; onAnswer: (questionId: string) => void }) {
  const { t } = useTranslation();
  const { messageId } = question;
  return (
    <li className="grid gap-2 rounded-lg border border-border bg-card p-3">
      <div className="flex items-start justify-between gap-2">
        <Said entry={question} />
        <Badge variant={answers.length > 0 ? "live" : "warning"}>
          {answers.length > 0 && <Check aria-hidden />}
          {t(answers.length > 0 ? "chat.answered" : "question.open")}
        </Badge>
      </div>
      {answers.length > 0 && (
        <ul aria-label={t("question.answers")} className="grid gap-2 border-l-2 border-border pl-3">
          {answers.map((answer) => (
            <li key={`${answer.clientId}/${answer.chatId}`}>
              <Said entry={answer} />
            </li>
          ))}
        </ul>
      )}
      {messageId !== null && (
        <Button
          variant="outline"
          size="sm"
          className="justify-self-start"
          aria-label={t("question.answerName", { text: question.chatContent.slice(0, 40) })}
          onClick={() => onAnswer(messageId)}
        >
          <CornerDownRight aria-hidden />
          {t("question.answer")}
        </Button>
      )}
    </li>
  );
}

function Said({ entry }: { entry: ChatEntry }) {
  const { i18n } = useTranslation();
  return (
    <div className="min-w-0">
      <p className="flex gap-2 text-xs text-muted-foreground">
        <span className="truncate font-medium text-foreground">{entry.displayName}</span>
        <time dateTime={new Date(entry.timestamp).toISOString()}>{timeOnly(entry.timestamp, i18n.language)}</time>
      </p>
      <p className="mt-1 text-sm whitespace-pre-wrap">{withLinks(entry.chatContent)}</p>
    </div>
  );
}

function Poll({ poll, own, store, host }: { poll: PollView; own: string | undefined; store: LiveRoom; host: boolean }) {
  const { t } = useTranslation();
  // Shown at once; the room's word replaces it.
  const [chosen, setChosen] = useState(own);
  useEffect(() => setChosen(own), [own]);
  const vote = (optionId: string) => {
    if (store.act("vote_poll", { pollId: poll.pollId, optionId })) setChosen(optionId);
  };
  const total = poll.options.reduce((sum, { votes }) => sum + votes, 0);
  return (
    <fieldset className="grid gap-2 rounded-xl border border-border bg-card p-3">
      <legend className="float-left mb-2 flex w-full items-start justify-between gap-2 text-sm font-medium">
        {poll.question}
        {poll.closed && <Badge>{t("poll.closed")}</Badge>}
      </legend>
      <div className="clear-both grid gap-2">
        {poll.options.map((option) => {
          const share = total === 0 ? 0 : Math.round((option.votes / total) * 100);
          return (
            <label key={option.id} className="relative flex min-h-10 items-center gap-2 overflow-hidden rounded-lg border border-border px-3 py-1.5 text-sm">
              <span aria-hidden className="absolute inset-y-0 left-0 bg-accent transition-[width]" style={{ width: `${share}%` }} />
              <input
                type="radio"
                name={poll.pollId}
                className="relative size-4 accent-primary"
                checked={chosen === option.id}
                disabled={poll.closed}
                onChange={() => vote(option.id)}
              />
              <span className="relative min-w-0 flex-1">{option.text}</span>
              <span className="relative text-xs text-muted-foreground tabular-nums">{t("poll.votes", { count: option.votes, share })}</span>
            </label>
          );
        })}
      </div>
      {host && !poll.closed && (
        <Button variant="outline" size="sm" className="justify-self-start" onClick={() => store.act("close_poll", { pollId: poll.pollId })}>
          {t("poll.close")}
        </Button>
      )}
    </fieldset>
  );
}

function PollForm({ store, onDone }: { store: LiveRoom; onDone: () => void }) {
  const { t } = useTranslation();
  const [options, setOptions] = useState(["", ""]);
  const { problems, props } = useForm(async (data) => {
    const texts = options.map((option) => option.trim()).filter((option) => option !== "");
    if (store.act("create_poll", { chatContent: String(data.get("question")).trim(), options: texts })) onDone();
  });
  return (
    <form {...props} className="grid gap-3 rounded-xl border border-border bg-card p-3">
      <Field label={t("poll.question")} error={problems["question"]}>{(wiring) => <Input {...wiring} name="question" required maxLength={300} autoFocus />}</Field>
      {options.map((option, index) => (
        <Field key={index} label={t("poll.option", { number: index + 1 })} error={problems[`option-${index}`]}>
          {(wiring) => (
            <div className="flex gap-2">
              <Input
                {...wiring}
                name={`option-${index}`}
                required={index < 2}
                maxLength={100}
                value={option}
                onChange={(event) => setOptions(options.with(index, event.target.value))}
              />
              {options.length > 2 && (
                <Button variant="ghost" size="icon" aria-label={t("poll.removeOption", { number: index + 1 })} onClick={() => setOptions(options.toSpliced(index, 1))}>
                  <X aria-hidden />
                </Button>
              )}
            </div>
          )}
        </Field>
      ))}
      <div className="flex flex-wrap gap-2">
        {options.length < OPTIONS_MAX && (
          <Button variant="outline" size="sm" onClick={() => setOptions([...options, ""])}>
            <Plus aria-hidden />
            {t("poll.addOption")}
          </Button>
        )}
        <Button variant="ghost" size="sm" className="ml-auto" onClick={onDone}>
          {t("common.cancel")}
        </Button>
        <Button type="submit" size="sm">
          {t("poll.start")}
        </Button>
      </div>
    </form>
  );
}
