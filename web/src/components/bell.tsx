import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { Bell as Icon } from "lucide-react";
import { useTranslation } from "react-i18next";

import { queryClient } from "@/api/client";
import { analysesAsked, markRead, unreadQuery, useNotifications } from "@/api/notifications";
import type { Notification } from "@/api/types";
import { notificationLink, notificationText, sessionOf } from "@/lib/notifications";
import { toast } from "@/lib/toast";

import { Button } from "./ui/button";

/** Long enough to be read and followed. */
const TOLD_MS = 8_000;
/** From here on the bell says "99+". */
const SHOWN_MAX = 99;

/** What the page of a session shows by itself. */
const SHOWN = new Set(["session:started", "session:rescheduled", "session:canceled"]);

/** Whether one is asking for it in this tab, or looks at it. */
function known(notification: Notification): boolean {
  const { event, payload } = notification;
  if (SHOWN.has(event)) return notificationLink(notification) === location.pathname && queryClient.getQueryState(["session", sessionOf(notification)])?.status === "success";
  if (!event.startsWith("analysis:")) return false;
  return [...analysesAsked].some(({ sessionId }) => sessionId === payload["interviewId"]) || new URLSearchParams(location.search).get("analysis") === payload["analysisId"];
}

/** How many notifications are unread, and the way to them; what arrives is told by a toast, but where it is listed anyway. */
export function Bell({ userId }: { userId: string }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const listed = useRouterState({ select: (state) => state.location.pathname === "/notifications" });
  const { data: unread = 0 } = useQuery(unreadQuery);
  useNotifications(userId, (notification) => {
    if (listed || known(notification)) return;
    const href = notificationLink(notification);
    const about = sessionOf(notification);
    const open = () => {
      // What cannot be marked just now stays unread.
      void markRead(notification).catch(() => undefined);
      void navigate({ href: href ?? "/notifications" });
    };
    toast(notificationText(notification, i18n.language), {
      // What becomes of a session is one thing: that it has started takes the place of the invitation of a moment ago.
      id: notification.event.startsWith("session:") ? (about ?? notification.id) : notification.id,
      anywhere: true,
      duration: TOLD_MS,
      // That it was canceled is still to be read when it is over.
      session: notification.event === "session:canceled" ? undefined : about,
      action: { label: t("notifications.show"), onClick: open },
    });
  });
  return (
    <Button variant="ghost" size="icon" asChild className="relative">
      <Link to="/notifications" search={{}} aria-label={unread === 0 ? t("notifications.title") : t("notifications.unreadCount", { count: unread })}>
        <Icon aria-hidden />
        {unread > 0 && (
          <span aria-hidden className="absolute top-0.5 right-0.5 min-w-4.5 rounded-full bg-primary px-1 text-center text-[0.65rem] leading-4.5 font-semibold text-primary-foreground tabular-nums">
            {unread > SHOWN_MAX ? `${SHOWN_MAX}+` : unread}
          </span>
        )}
      </Link>
    </Button>
  );
}
