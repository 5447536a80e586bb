import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { type ChatEntry, type LiveRoom, questionOf, type RoomSnapshot, type User } from "@mockly/client";
import { ArrowDown, SendHorizontal, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";

import { ChatLine } from "@/components/chat-line";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { timeOnly } from "@/lib/format";

const LIMIT = 1_000;
/** This close to the end counts as being there. */
const NEAR = 48;

type Sendable = "CHAT" | "QUESTION" | "ANSWER";

/** What is being written; it outlives the panel. */
export interface Draft {
  text: string;
  type: Sendable;
  /** `messageId` of the question that an answer is for. */
  questionId: string | null;
}
export const NO_DRAFT: Draft = { text: "", type: "CHAT", questionId: null };

interface ChatProps {
  room: RoomSnapshot;
  store: LiveRoom;
  user: User;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  /** Only a host makes polls. */
  onPoll: (() => void) | null;
}

export function Chat({ room, store, user, draft, onDraft, onPoll }: ChatProps) {
  const { t } = useTranslation();
  const { messages, hasOlder } = room.view;
  const questions = messages.filter(({ messageType, messageId }) => messageType === "QUESTION" && messageId !== null);
  const answered = new Set(messages.map(questionOf));
  const answer = (questionId: string) => onDraft({ ...draft, type: "ANSWER", questionId });
  const { list, fresh, toEnd, onScroll } = useScroll(messages, user.id, () => void store.loadOlder());
  return (
    <>
      <div className="relative min-h-0 flex-1">
        <div ref={list} role="log" aria-label={t("chat.label")} tabIndex={0} onScroll={onScroll} className="absolute inset-0 overflow-y-auto px-3 py-2">
          {hasOlder && (
            <div className="flex justify-center pb-2">
              <Button variant="ghost" size="sm" onClick={() => void store.loadOlder()}>
                {t("chat.older")}
              </Button>
            </div>
          )}
          {messages.length === 0 ? (
            <p className="py-10 text-center text-sm text-muted-foreground">{t("chat.empty")}</p>
          ) : (
            <ol className="grid gap-3">
              {messages.map((message) => (
                <Message
                  key={`${message.clientId}/${message.chatId}`}
                  message={message}
                  own={message.clientId === user.id}
                  host={room.role === "host"}
                  question={questions.find(({ messageId }) => messageId === questionOf(message))}
                  answered={answered.has(message.messageId)}
                  store={store}
                  onAnswer={answer}
                />
              ))}
            </ol>
          )}
        </div>
        {fresh > 0 && (
          <Button size="sm" className="absolute bottom-2 left-1/2 -translate-x-1/2 shadow-lg" onClick={toEnd}>
            <ArrowDown aria-hidden />
            {t("chat.new", { count: fresh })}
          </Button>
        )}
      </div>
      <Composer questions={questions} answered={answered} draft={draft} onDraft={onDraft} onPoll={onPoll} onSend={({ text, type, questionId }) => store.chat(text, type, questionId)} />
    </>
  );
}

interface MessageProps {
  message: ChatEntry;
  own: boolean;
  host: boolean;
  /** What it answers. */
  question: ChatEntry | undefined;
  answered: boolean;
  store: LiveRoom;
  onAnswer: (questionId: string) => void;
}

function Message({ message, own, host, question, answered, store, onAnswer }: MessageProps) {
  const { t, i18n } = useTranslation();
  const mayDelete = message.messageId !== null && (own || host);
  return (
    <ChatLine
      message={message}
      own={own}
      question={question}
      answered={answered}
      time={<time dateTime={new Date(message.timestamp).toISOString()}>{timeOnly(message.timestamp, i18n.language)}</time>}
      faint={message.state === "pending"}
      tools={
        mayDelete && (
          <button
            type="button"
            aria-label={t("chat.delete", { text: message.chatContent.slice(0, 40) })}
            title={t("chat.deleteShort")}
            onClick={() => store.act("delete_chat", { messageId: message.messageId! })}
            className="ml-auto flex size-6 shrink-0 items-center justify-center self-center rounded-sm opacity-0 group-hover:opacity-100 hover:text-destructive focus-visible:opacity-100 pointer-coarse:opacity-100 [&_svg]:size-3.5"
          >
            <Trash2 aria-hidden />
          </button>
        )
      }
    >
      {message.messageType === "QUESTION" && message.messageId !== null && (
        <button
          type="button"
          aria-label={t("question.answerName", { text: message.chatContent.slice(0, 40) })}
          onClick={() => onAnswer(message.messageId!)}
          className="min-h-6 rounded-sm text-xs font-medium text-primary underline-offset-2 hover:underline"
        >
          {t("question.answer")}
        </button>
      )}
      {message.state === "pending" && <p className="text-xs text-muted-foreground">{t("chat.sending")}</p>}
      {message.state === "failed" && (
        <p className="text-xs text-destructive">
          {t("chat.failed")}{" "}
          <button type="button" className="font-medium underline underline-offset-2" onClick={() => store.resend(message.chatId)}>
            {t("chat.resend")}
          </button>
        </p>
      )}
    </ChatLine>
  );
}

interface ComposerProps {
  questions: ChatEntry[];
  answered: ReadonlySet<string | null>;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  onPoll: (() => void) | null;
  onSend: (draft: Draft) => void;
}

function Composer({ questions, answered, draft, onDraft, onPoll, onSend }: ComposerProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLTextAreaElement>(null);
  const { text, type, questionId } = draft;
  const length = [...text].length;
  const send = () => {
    const trimmed = text.trim();
    if (trimmed === "" || length > LIMIT) return;
    onSend({ ...draft, text: trimmed });
    onDraft(NO_DRAFT);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also ends the composition of a character in some scripts.
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    }
  };
  // Whoever chose a question to answer wants to write.
  useEffect(() => {
    if (questionId !== null) box.current?.focus();
  }, [questionId]);
  const become = (next: Sendable) => {
    // The newest that nobody has answered is the one that is meant most often.
    const asked = questions.findLast(({ messageId }) => !answered.has(messageId)) ?? questions.at(-1);
    onDraft({ ...draft, type: next, questionId: next === "ANSWER" ? (asked?.messageId ?? null) : null });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="border-t border-border p-3"
    >
      <div className="mb-2 flex items-center justify-between gap-2">
        <div className="flex flex-wrap gap-1">
          <div role="radiogroup" aria-label={t("chat.kind")} className="flex flex-wrap gap-1">
            {(["CHAT", "QUESTION", "ANSWER"] as const).map((option) => (
              <label
                key={option}
                className={cn(
                  "rounded-full px-2.5 py-1 text-xs font-medium has-focus-visible:outline-2 has-focus-visible:outline-ring has-disabled:opacity-60",
                  option === type ? "bg-accent text-accent-foreground" : "text-muted-foreground hover:text-foreground",
                )}
              >
                <input
                  type="radio"
                  name="message-type"
                  className="sr-only"
                  checked={option === type}
                  disabled={option === "ANSWER" && questions.length === 0}
                  onChange={() => become(option)}
                />
                {t(`chat.type.${option}`)}
              </label>
            ))}
          </div>
          {onPoll !== null && (
            <button type="button" onClick={onPoll} className="rounded-full px-2.5 py-1 text-xs font-medium text-muted-foreground hover:text-foreground">
              {t("chat.type.POLL")}
            </button>
          )}
        </div>
        {length > LIMIT - 200 && (
          <span className={cn("shrink-0 text-xs tabular-nums", length > LIMIT ? "text-destructive" : "text-muted-foreground")}>{t("chat.length", { length, limit: LIMIT })}</span>
        )}
      </div>
      {type === "ANSWER" && questions.length > 0 && (
        <Field label={t("question.which")} className="mb-2">
          {(wiring) => (
            <Select {...wiring} value={questionId ?? ""} onChange={(event) => onDraft({ ...draft, questionId: event.target.value })}>
              {questions.map((question) => (
                <option key={question.messageId} value={question.messageId!}>
                  {`${question.displayName}: ${question.chatContent.slice(0, 80)}`}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <div className="flex items-end gap-2">
        <textarea
          ref={box}
          aria-label={t("chat.message")}
          placeholder={t(`chat.placeholder.${type}`)}
          rows={1}
          value={text}
          onChange={(event) => onDraft({ ...draft, text: event.target.value })}
          onKeyDown={onKeyDown}
          enterKeyHint="send"
          className="field-sizing-content max-h-32 min-h-10 min-w-0 flex-1 resize-none rounded-lg border border-input/60 bg-card px-3 py-2 text-base placeholder:text-muted-foreground sm:text-sm"
        />
        <Button type="submit" size="icon" aria-label={t("chat.send")} disabled={text.trim() === "" || length > LIMIT}>
          <SendHorizontal aria-hidden />
        </Button>
      </div>
    </form>
  );
}

/** Follows the end while the reader is there, and leaves a reader of older messages alone. */
function useScroll(messages: ChatEntry[], ownId: string, loadOlder: () => void) {
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const before = useRef({ first: "", count: 0, height: 0 });
  const [fresh, setFresh] = useState(0);
  const toEnd = () => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
    atEnd.current = true;
    setFresh(0);
  };
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    const first = messages[0]?.chatId ?? "";
    const { first: firstBefore, count, height } = before.current;
    const added = messages.length - count;
    const older = first !== firstBefore && count > 0;
    if (older && !atEnd.current) {
      // What was being read stays where it was.
      element.scrollTop += element.scrollHeight - height;
    } else if (atEnd.current || (added > 0 && messages.at(-1)?.clientId === ownId)) {
      toEnd();
    } else if (added > 0) {
      setFresh((waiting) => waiting + added);
    }
    before.current = { first, count: messages.length, height: element.scrollHeight };
  }, [messages, ownId]);
  // A phone's keyboard or a turned phone changes the height.
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const onScroll = () => {
    const element = list.current;
    if (element === null) return;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    if (atEnd.current) setFresh(0);
    if (element.scrollTop < NEAR && !atEnd.current) loadOlder();
  };
  return { list, fresh, toEnd, onScroll };
}
