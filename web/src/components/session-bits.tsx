import type { ReactNode } from "react";
import type { Session, User } from "@mockly/client";
import { useTranslation } from "react-i18next";

import { dateTime, dateTimeZone, listed, sameDay, timeOnly } from "@/lib/format";
import { others } from "@/lib/sessions";

import { Badge } from "./ui/badge";

export function StatusBadge({ status }: { status: Session["status"] }) {
  const { t } = useTranslation();
  if (status === "ACTIVE") {
    return (
      <Badge variant="live">
        <span aria-hidden className="size-1.5 animate-pulse rounded-full bg-success" />
        {t("status.ACTIVE")}
      </Badge>
    );
  }
  return <Badge variant={status === "SCHEDULED" ? "primary" : status === "CANCELED" ? "danger" : "default"}>{t(`status.${status}`)}</Badge>;
}

export function KindBadge({ session }: { session: Session }) {
  const { t } = useTranslation();
  const type = session.type;
  return <Badge variant="outline">{type ? `${t(`kind.${session.kind}`)} · ${t(`type.${type}`)}` : t(`kind.${session.kind}`)}</Badge>;
}

/** A moment in the viewer's zone; without its day where that is the day of `on`. */
export function Moment({ iso, on }: { iso: string; on?: string }) {
  const { i18n } = useTranslation();
  const short = on !== undefined && sameDay(iso, on);
  return (
    <time dateTime={iso} title={dateTimeZone(iso, i18n.language)}>
      {short ? timeOnly(Date.parse(iso), i18n.language) : dateTime(iso, i18n.language)}
    </time>
  );
}

/** When it is planned and, once it has begun, since when it runs or ran. */
export function Times({ session }: { session: Session }) {
  return (
    <Begun session={session}>
      <Moment iso={session.scheduledAt} />
    </Begun>
  );
}

/** The same after a planned time of another form. */
export function Begun({ session: { status, scheduledAt, startedAt }, children }: { session: Session; children: ReactNode }) {
  const { t } = useTranslation();
  if (!startedAt) return children;
  return (
    <>
      {children},{" "}
      <span className="whitespace-nowrap">
        {t(status === "ACTIVE" ? "session.since" : "session.started")} <Moment iso={startedAt} on={scheduledAt} />
      </span>
    </>
  );
}

/** So many are named where few are expected. */
const NAMED_MAX = 3;

/** With whom it is, from this user's point of view; `null` where that is a class. */
export function useOthers(session: Session, user: User): string | null {
  const { t, i18n } = useTranslation();
  const names = others(session, user);
  const more = names.length - NAMED_MAX;
  if (names.length === 0) return null;
  return listed(more > 0 ? [...names.slice(0, NAMED_MAX), t("session.morePeople", { count: more })] : names, i18n.language);
}
