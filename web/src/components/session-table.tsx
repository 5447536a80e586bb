import { memo } from "react";
import type { Session, User } from "@mockly/client";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { useMatches } from "@/lib/media";
import { hostName, isOpen } from "@/lib/sessions";

import { JoinButton, SessionMenu, StartButton } from "./session-actions";
import { KindBadge, StatusBadge, Times, useOthers } from "./session-bits";
import { Card } from "./ui/card";

interface SessionTableProps {
  sessions: Session[];
  user: User;
  onEdit: (session: Session) => void;
}

/** From here on there is room for columns of their own; below, what is in them stands under the title. */
const wide = matchMedia("(width >= 48rem)");
const WIDEST = "hidden lg:table-cell";

export function SessionTable({ sessions, user, onEdit }: SessionTableProps) {
  const { t } = useTranslation();
  const columns = useMatches(wide);
  return (
    <Card>
      <table className="w-full text-left text-sm">
        <caption className="sr-only">{t("sessions.title")}</caption>
        <thead className="text-muted-foreground">
          <tr className="border-b border-border [&>th]:px-3 [&>th]:py-2.5 [&>th]:font-medium [&>th]:whitespace-nowrap [&>th:first-child]:pl-4 sm:[&>th:first-child]:pl-5">
            <th scope="col">{t("form.title")}</th>
            {columns && (
              <>
                <th scope="col">{t("sessions.status")}</th>
                <th scope="col" className={WIDEST}>
                  {t("sessions.kind")}
                </th>
                <th scope="col" className={WIDEST}>
                  {t("session.host")}
                </th>
                <th scope="col">{t("session.time")}</th>
                <th scope="col" className={WIDEST}>
                  {t("sessions.here")}
                </th>
              </>
            )}
            <th scope="col">
              <span className="sr-only">{t("sessions.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <Row key={session.id} session={session} user={user} columns={columns} onEdit={onEdit} />
          ))}
        </tbody>
      </table>
    </Card>
  );
}

const Row = memo(function Row({ session, user, columns, onEdit }: Omit<SessionTableProps, "sessions"> & { session: Session; columns: boolean }) {
  const { t } = useTranslation();
  const others = useOthers(session, user);
  const about = others === null ? session.className : t("session.withNames", { names: others });
  const titleId = `session-${session.id}`;
  const actions = isOpen(session) && (
    <>
      <StartButton session={session} user={user} size="sm" describedBy={titleId} />
      <JoinButton session={session} user={user} size="sm" describedBy={titleId} />
    </>
  );
  return (
    <tr className="border-b border-border last:border-0 hover:bg-muted/50 [&>*]:px-3 [&>*]:py-2.5 [&>td]:align-top md:[&>td]:align-middle [&>:first-child]:pl-4 sm:[&>:first-child]:pl-5">
      <th scope="row" className="font-normal">
        <Link id={titleId} to="/sessions/$id" params={{ id: session.id }} className="line-clamp-2 rounded-sm font-medium hover:underline">
          {session.title}
        </Link>
        {about && <p className="text-xs text-muted-foreground">{about}</p>}
        {!columns && (
          <>
            <div className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-muted-foreground">
              <StatusBadge status={session.status} />
              <span>
                <Times session={session} />
              </span>
            </div>
            {actions && <div className="mt-2 flex flex-wrap gap-2">{actions}</div>}
          </>
        )}
      </th>
      {columns && (
        <>
          <td>
            <StatusBadge status={session.status} />
          </td>
          <td className={WIDEST}>
            <KindBadge session={session} />
          </td>
          <td className={WIDEST}>{hostName(session)}</td>
          <td className="tabular-nums">
            <Times session={session} />
          </td>
          <td className={`${WIDEST} whitespace-nowrap tabular-nums`}>{isOpen(session) ? t("sessions.countOfMax", { count: session.participantCount, max: session.maxParticipants }) : "–"}</td>
        </>
      )}
      <td className="w-px">
        <div className="flex items-center justify-end gap-1">
          {columns && actions}
          <SessionMenu session={session} user={user} onEdit={onEdit} />
        </div>
      </td>
    </tr>
  );
});
