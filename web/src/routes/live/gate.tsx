import { type ReactNode, useEffect, useRef } from "react";
import { type CanJoin, ProblemError, type Session, type User } from "@mockly/client";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { CalendarClock, CalendarX2, CircleX, Lock, SearchX } from "lucide-react";
import { useTranslation } from "react-i18next";

import { canJoinQuery } from "@/api/queries";
import { Failure, Loading, PageTitle, Screen } from "@/components/states";
import { Skeleton } from "@/components/ui/skeleton";
import { tellParent } from "@/lib/embed";
import { problemCode, standing } from "@/lib/problem";
import { useNow } from "@/lib/clock";
import { clockTime, dateTimeZone } from "@/lib/format";

import { BackButtons } from "./over";

interface GateProps {
  id: string;
  query: UseQueryResult<Session>;
  user: User;
  children: (session: Session) => ReactNode;
}

/** What stands before the device check: whether there is such a session, and whether one may come in now. */
export function Gate({ id, query, children }: GateProps) {
  const { t } = useTranslation();
  // Once it has let somebody through it stays open: what follows shows its own endings.
  const open = useRef(false);
  const can = useQuery({ ...canJoinQuery(id), enabled: query.data !== undefined && !open.current });
  const error = standing(query) ?? standing(can);
  const refusal = open.current ? null : error !== null ? problemCode(error) : refusalOf(query.data, can.data);
  useEffect(() => {
    if (refusal !== null) tellParent({ type: "mockly:error", sessionId: id, code: refusal });
  }, [refusal, id]);
  if (open.current && query.data !== undefined) return children(query.data);
  if (error !== null) {
    const status = error instanceof ProblemError ? error.status : 0;
    if (status === 404 || status === 400) return <Wall icon={<SearchX />} title={t("session.notFound")} text={t("session.notFoundText")} />;
    if (status === 403) return <Wall icon={<Lock />} title={t("session.denied")} text={t("session.deniedText")} />;
    const failed = standing(query) === null ? can : query;
    return <Trouble error={error} retry={() => void failed.refetch()} />;
  }
  if (query.data === undefined || can.data === undefined) return <GateLoading />;
  const session = query.data;
  if (session.status === "CANCELED") return <Wall icon={<CalendarX2 />} title={t("gate.canceled")} text={t("session.canceledText")} session={session} />;
  if (session.status === "ENDED") return <Wall icon={<CalendarX2 />} title={t("gate.ended")} text={t("gate.endedText")} session={session} />;
  if (can.data.allowed || can.data.code === "session-full") {
    open.current = true;
    return children(session);
  }
  switch (can.data.code) {
    case "not-open-yet":
      return <NotOpenYet session={session} opensAt={can.data.opensAt ?? session.scheduledAt} onOpen={() => void can.refetch()} />;
    case "window-closed":
      return <Wall icon={<CalendarX2 />} title={t("gate.closed")} text={t("gate.closedText")} session={session} />;
    case "removed":
      return <Wall icon={<CircleX />} title={t("over.removed")} text={t("over.removedText")} />;
    case "denied":
      return <Wall icon={<CircleX />} title={t("over.denied")} text={t("over.deniedText")} />;
    default:
      return <Wall icon={<Lock />} title={t("session.denied")} text={t("session.deniedText")} />;
  }
}

/** Why one may not come in now, by the server's code; a full session shows so itself. */
function refusalOf(session: Session | undefined, can: CanJoin | undefined): string | null {
  if (session === undefined || can === undefined) return null;
  if (session.status === "ENDED" || session.status === "CANCELED") return "session-closed";
  if (can.allowed || can.code === "session-full") return null;
  return can.code ?? "access-denied";
}

function Wall({ icon, title, text, session }: { icon: ReactNode; title: string; text: string; session?: Session }) {
  return (
    <main>
      <Screen icon={icon} title={title} text={text}>
        <BackButtons session={session} />
      </Screen>
    </main>
  );
}

function Trouble({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  return (
    <main className="mx-auto max-w-lg px-4 py-16">
      <PageTitle title={t("gate.trouble")} className="mb-6 text-center text-2xl font-semibold" />
      <Failure error={error} onRetry={retry} />
    </main>
  );
}

function GateLoading() {
  const { t } = useTranslation();
  return (
    <main className="mx-auto max-w-5xl px-4 py-10">
      <h1 className="sr-only">{t("common.loading")}</h1>
      <Loading>
        <div className="grid gap-6 lg:grid-cols-[3fr_2fr]">
          <Skeleton className="aspect-video rounded-2xl" />
          <Skeleton className="h-64 rounded-2xl" />
        </div>
      </Loading>
    </main>
  );
}

/** Counts down by the server's clock, and asks again when it is time. */
function NotOpenYet({ session, opensAt, onOpen }: { session: Session; opensAt: string; onOpen: () => void }) {
  const { t, i18n } = useTranslation();
  const left = Date.parse(opensAt) - useNow();
  const due = left <= 0;
  useEffect(() => {
    if (due) onOpen();
    // `onOpen` is new each time; what counts is that the time has come.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [due]);
  const days = Math.floor(left / 86_400_000);
  return (
    <main>
      <Screen
        icon={<CalendarClock />}
        title={t("gate.notOpen")}
        text={
          <>
            <p className="font-medium text-foreground">{session.title}</p>
            <p>
              <time dateTime={session.scheduledAt}>{dateTimeZone(session.scheduledAt, i18n.language)}</time>
            </p>
            <p className="mt-4 text-sm">{t("gate.opensIn")}</p>
            <p role="timer" className="text-4xl font-semibold text-foreground tabular-nums">
              {days > 0 ? t("gate.days", { count: days }) : clockTime(left)}
            </p>
            <p className="mt-3 text-sm">{t("gate.byItself")}</p>
          </>
        }
      >
        <BackButtons session={session} />
      </Screen>
    </main>
  );
}
