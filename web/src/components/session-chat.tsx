import { ProblemError, questionOf, type Session, type User } from "@mockly/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { messagesQuery } from "@/api/queries";
import { problemText } from "@/lib/problem";
import { rights } from "@/lib/sessions";

import { ChatLine } from "./chat-line";
import { Moment } from "./session-bits";
import { Loaded } from "./states";
import { Button } from "./ui/button";
import { Card } from "./ui/card";

/** What was written in a session that is over, to be read by who may; nothing where nothing was. */
export function SessionChat({ session, user }: { session: Session; user: User }) {
  const { t } = useTranslation();
  const { readRecords } = rights(session, user);
  const query = useInfiniteQuery({ ...messagesQuery(session.id), enabled: readRecords });
  const messages = query.data?.pages.toReversed().flatMap(({ items }) => items) ?? [];
  const refused = query.error instanceof ProblemError && query.error.status === 403;
  if (!readRecords || refused || (query.error === null && messages.length === 0)) return null;
  const byId = new Map(messages.map((message) => [message.messageId, message]));
  const answered = new Set(messages.map(questionOf));
  return (
    <Card className="grid grid-cols-1 gap-4 p-5 sm:p-6">
      <h2 className="font-semibold">{t("chat.title")}</h2>
      <Loaded query={query} skeleton={null}>
        {() => (
          <div role="region" aria-label={t("chat.label")} tabIndex={0} className="-mx-2 max-h-[32rem] overflow-y-auto px-2">
            {query.hasNextPage && (
              <div className="flex flex-col items-center gap-2 pb-4">
                {query.isFetchNextPageError && (
                  <p role="alert" className="text-sm text-destructive">
                    {problemText(query.error)}
                  </p>
                )}
                <Button variant="outline" size="sm" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {t("chat.older")}
                </Button>
              </div>
            )}
            <ol className="grid gap-3">
              {messages.map((message) => (
                <ChatLine
                  key={message.messageId}
                  message={message}
                  own={message.clientId === user.id}
                  question={byId.get(questionOf(message) ?? "")}
                  answered={answered.has(message.messageId)}
                  time={<Moment iso={new Date(message.timestamp).toISOString()} on={session.startsAt} />}
                />
              ))}
            </ol>
          </div>
        )}
      </Loaded>
    </Card>
  );
}
