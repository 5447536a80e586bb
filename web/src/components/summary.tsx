import type { Analytics, Attendance, Session, User } from "@mockly/client";
import { unwrap } from "@mockly/client";
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";

import { rest } from "@/api/client";
import { analyticsQuery, attendanceQuery } from "@/api/queries";
import { clockTime, seconds, timeOnly } from "@/lib/format";
import { problemText } from "@/lib/problem";
import { lateSec, rights } from "@/lib/sessions";
import { toast } from "@/lib/toast";

import { Bars, Figures, Timeline } from "./charts";
import { save } from "./session-actions";
import { Moment } from "./session-bits";
import { Loaded } from "./states";
import { Badge } from "./ui/badge";
import { Button } from "./ui/button";
import { Card } from "./ui/card";
import { Skeleton } from "./ui/skeleton";

/** What a session came to: its figures, its polls, and for who led it, who was there. */
export function Summary({ session, user }: { session: Session; user: User }) {
  const query = useQuery(analyticsQuery(session.id));
  return (
    <div className="grid grid-cols-1 gap-6">
      <Loaded query={query} skeleton={<Skeleton className="h-32 rounded-xl" />}>
        {(analytics) => <Outcome analytics={analytics} />}
      </Loaded>
      {rights(session, user).seeAttendance && <AttendanceTable session={session} />}
    </div>
  );
}

function Outcome({ analytics }: { analytics: Analytics }) {
  const { t, i18n } = useTranslation();
  const messages = Object.values(analytics.messages).reduce((sum, count) => sum + count, 0);
  const figures = [
    { name: t("summary.duration"), value: clockTime(analytics.durationSec * 1000) },
    { name: t("summary.people"), value: analytics.uniqueParticipants },
    { name: t("summary.peak"), value: analytics.peakParticipants },
    { name: t("summary.messages"), value: messages },
    { name: t("summary.hands"), value: analytics.hands.raised },
    {
      name: t("summary.handWait"),
      value: analytics.hands.raised === 0 ? "–" : seconds(Math.round(analytics.hands.averageWaitSec ?? 0), i18n.language),
    },
  ];
  const kinds = Object.entries(analytics.messages).filter(([, count]) => count > 0) as [keyof typeof analytics.messages & ("CHAT" | "QUESTION" | "ANSWER" | "POLL" | "SYSTEM"), number][];
  return (
    <Card className="grid gap-6 p-5 sm:p-6">
      <h2 className="font-semibold">{t("summary.title")}</h2>
      <Figures figures={figures} />
      {kinds.length > 0 && <Bars title={t("summary.byType")} rows={kinds.map(([type, count]) => ({ name: t(`chat.type.${type}`), value: count }))} />}
      {analytics.polls.map((poll) => (
        <Bars key={poll.pollId} title={poll.question} rows={poll.options.map(({ text, votes }) => ({ name: text, value: votes }))} />
      ))}
    </Card>
  );
}

function AttendanceTable({ session }: { session: Session }) {
  const { t } = useTranslation();
  const query = useQuery(attendanceQuery(session.id));
  const download = async () => {
    try {
      const params = { path: { id: session.id } };
      const call = rest.GET("/api/sessions/{id}/attendance", { params, headers: { Accept: "text/csv" }, parseAs: "blob" });
      save(await unwrap(call as unknown as Promise<{ data?: Blob; response: Response }>), `attendance-${session.id}.csv`);
    } catch (error) {
      toast.error(problemText(error));
    }
  };
  return (
    <Card className="p-5 sm:p-6">
      <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
        <h2 className="font-semibold">{t("attendance.title")}</h2>
        <Button variant="outline" size="sm" onClick={() => void download()}>
          <Download aria-hidden />
          {t("attendance.csv")}
        </Button>
      </div>
      <Loaded query={query} skeleton={<Skeleton className="h-24" />}>
        {({ items }) => (
          <>
            <Presence session={session} rows={items} />
            <div role="region" aria-label={t("attendance.title")} tabIndex={0} className="-mx-5 overflow-x-auto px-5 sm:-mx-6 sm:px-6">
              <table className="w-full text-left text-sm">
                <thead className="text-muted-foreground">
                  <tr className="border-b border-border [&>th]:py-2 [&>th]:pr-4 [&>th]:font-medium [&>th:last-child]:pr-0 [&>th]:whitespace-nowrap">
                    <th scope="col">{t("attendance.name")}</th>
                    <th scope="col">{t("attendance.came")}</th>
                    <th scope="col">{t("attendance.left")}</th>
                    <th scope="col">{t("attendance.total")}</th>
                    <th scope="col">{t("attendance.late")}</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((row) => (
                    <Row key={row.userId} row={row} session={session} />
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
      </Loaded>
    </Card>
  );
}

/** What took less is drawn with seconds at its axis. */
const BRIEF_MS = 10 * 60_000;
/** Longer than that, the table tells more than a picture. */
const DRAWN_MAX = 60;

function Presence({ session, rows }: { session: Session; rows: Attendance[] }) {
  const { t, i18n } = useTranslation();
  const came = rows.filter(({ intervals }) => intervals.length > 0).map(({ userDisplayName, intervals }) => ({ name: userDisplayName, spans: intervals.map(({ from, until }) => ({ from: Date.parse(from), until: Date.parse(until) })) }));
  const spans = came.flatMap((row) => row.spans);
  if (spans.length === 0 || came.length > DRAWN_MAX) return null;
  const from = Math.min(Date.parse(session.startsAt), ...spans.map((span) => span.from));
  const until = Math.max(Date.parse(session.endedAt ?? session.startsAt), ...spans.map((span) => span.until));
  return (
    <div className="mb-5">
      <Timeline title={t("attendance.timeline")} rows={came} from={from} until={until} tick={(at) => timeOnly(at, i18n.language, until - from < BRIEF_MS)} />
    </div>
  );
}

function Row({ row, session }: { row: Attendance; session: Session }) {
  const { t, i18n } = useTranslation();
  const day = session.startsAt;
  const late = lateSec(session, row);
  return (
    <tr className="border-b border-border last:border-0 [&>*]:py-2.5 [&>*]:pr-4 [&>:last-child]:pr-0 [&>td]:whitespace-nowrap">
      <th scope="row" className="min-w-28 font-medium">
        {row.userDisplayName}
        <span className="block text-xs font-normal text-muted-foreground">{t(`role.${row.role}`)}</span>
      </th>
      {row.noShow ? (
        <td colSpan={4}>
          <Badge variant="danger">{t("attendance.noShow")}</Badge>
        </td>
      ) : (
        <>
          <td>{row.firstJoinedAt ? <Moment iso={row.firstJoinedAt} on={day} /> : "–"}</td>
          <td>{row.lastLeftAt ? <Moment iso={row.lastLeftAt} on={day} /> : "–"}</td>
          <td className="tabular-nums">{seconds(row.totalSec, i18n.language)}</td>
          <td className="tabular-nums">{late === 0 ? "–" : seconds(late, i18n.language)}</td>
        </>
      )}
    </tr>
  );
}
