import type { Session } from "@mockly/client";
import { useTranslation } from "react-i18next";

import { dateTime, dateTimeZone, sameDay, timeOnly } from "@/lib/format";

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
