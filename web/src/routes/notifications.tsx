import type { ReactNode } from "react";
import type { Notification } from "@/api/types";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { AudioLines, BellOff, CalendarClock, Check, CheckCheck, Hand, Info, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { markAllRead, markRead, notificationsQuery, unreadQuery } from "@/api/notifications";
import { Moment } from "@/components/session-bits";
import { Empty, Loaded, LoadMore, PageTitle } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Check as CheckField } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { notificationLink, notificationText } from "@/lib/notifications";
import { problemText } from "@/lib/problem";
import { toast } from "@/lib/toast";

export function NotificationsPage() {
  const { t } = useTranslation();
  const { unread = false } = useSearch({ from: "/shell/member/notifications" });
  const navigate = useNavigate({ from: "/notifications" });
  const query = useInfiniteQuery(notificationsQuery(unread));
  const count = useQuery(unreadQuery);
  return (
    <div className="mx-auto max-w-3xl">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <PageTitle title={t("notifications.title")} />
        <Button variant="outline" disabled={count.data === 0} onClick={() => void markAllRead().catch(complain)}>
          <CheckCheck aria-hidden />
          {t("notifications.markAll")}
        </Button>
      </div>
      <CheckField
        className="mt-4 mb-4"
        label={t("notifications.unreadOnly")}
        checked={unread}
        onChange={() => void navigate({ search: unread ? {} : { unread: true }, resetScroll: false })}
      />
      <Loaded
        query={query}
        skeleton={
          <div className="grid gap-2">
            {Array.from({ length: 5 }, (_, index) => (
              <Skeleton key={index} className="h-18 rounded-xl" />
            ))}
          </div>
        }
      >
        {({ pages }) =>
          pages[0]?.items.length === 0 ? (
            <Empty icon={<BellOff />} title={t(unread ? "notifications.noneUnread" : "notifications.empty")} />
          ) : (
            <Card className="overflow-hidden">
              <ul className="divide-y divide-border">
                {/* A new one moves the pages on, so that the last of one can be the first of the next for a moment. */}
                {[...new Map(pages.flatMap((page) => page.items).map((item) => [item.id, item])).values()].map((item) => (
                  <Row key={item.id} item={item} />
                ))}
              </ul>
            </Card>
          )
        }
      </Loaded>
      <LoadMore query={query} />
    </div>
  );
}

function Row({ item }: { item: Notification }) {
  const { t, i18n } = useTranslation();
  const href = notificationLink(item);
  const text = notificationText(item, i18n.language);
  const unread = !item.readAt;
  return (
    <li className={cn("relative flex min-h-16 items-start gap-3 px-4 py-3 sm:px-5", unread && "bg-accent/50", href !== null && "hover:bg-accent")}>
      <span aria-hidden className={cn("mt-0.5 flex size-9 shrink-0 items-center justify-center rounded-full [&_svg]:size-4", unread ? "bg-primary text-primary-foreground" : "bg-muted text-muted-foreground")}>
        {icon(item.event)}
      </span>
      <div className="min-w-0 flex-1">
        <p className={cn("text-sm", unread && "font-semibold")}>
          {unread && <span className="sr-only">{t("notifications.unread")} </span>}
          {href === null ? (
            text
          ) : (
            // What cannot be marked just now stays unread.
            <Link to={href} className="rounded-sm after:absolute after:inset-0" onClick={() => void markRead(item).catch(() => undefined)}>
              {text}
            </Link>
          )}
        </p>
        <p className="mt-0.5 text-xs text-muted-foreground">
          <Moment iso={item.timestamp} />
        </p>
      </div>
      {unread && (
        <Button variant="ghost" size="icon-sm" className="relative" aria-label={t("notifications.markRead", { text })} title={t("notifications.markReadShort")} onClick={() => void markRead(item).catch(complain)}>
          <Check aria-hidden />
        </Button>
      )}
    </li>
  );
}

function icon(event: string): ReactNode {
  if (event.startsWith("session:")) return <CalendarClock />;
  if (event.startsWith("room:")) return <Hand />;
  if (event === "analysis:failed" || event === "job:dead" || event === "livekit:room-failed") return <TriangleAlert />;
  if (event.startsWith("analysis:")) return <AudioLines />;
  return <Info />;
}

function complain(error: unknown) {
  toast.error(problemText(error));
}
