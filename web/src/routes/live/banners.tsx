import { useEffect, useRef, useState } from "react";
import type { RoomSnapshot, Session } from "@mockly/client";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useIdentity } from "@/api/use-topics";
import { Button } from "@/components/ui/button";
import { useNow } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { clockTime } from "@/lib/format";
import { useOffline } from "@/lib/offline";

import { choose } from "./choices";
import type { Media, MediaSnapshot } from "./media";

interface BannersProps {
  room: RoomSnapshot;
  media: Media;
  view: MediaSnapshot;
  session: Session;
  onRetry: () => void;
}

interface Line {
  text: string;
  bad?: boolean;
  action?: { name: string; run: () => void };
  dismiss?: () => void;
}

/** What one must know of the connection: one line, the most important first, and what can be done about it. */
export function Banners({ room, media, view, session, onRetry }: BannersProps) {
  const { t } = useTranslation();
  const user = useIdentity();
  const offline = useOffline();
  const [dismissed, setDismissed] = useState(false);
  const suggestAudio = usePoorFor(10_000, view.quality === "poor" || view.quality === "lost") && !view.audioOnly && !dismissed;
  let line: Line | null = null;
  if (user === null) {
    line = { text: t("connection.signInAgain"), bad: true, action: { name: t("auth.signIn"), run: () => location.assign(`/signin?next=${encodeURIComponent(location.pathname)}`) } };
  } else if (room.status.state === "unreachable") line = { text: t(offline ? "connection.offline" : "connection.unreachable"), bad: true, action: { name: t("common.retry"), run: onRetry } };
  else if (offline) line = { text: t("connection.offline"), bad: true };
  else if (room.status.state !== "open") line = { text: t("connection.reconnecting"), bad: true };
  else if (view.state === "reconnecting") line = { text: t("connection.mediaLost"), bad: true };
  else if (view.state === "failed") line = { text: t("connection.mediaFailed"), bad: true, action: { name: t("over.rejoin"), run: () => void media.start() } };
  else if (view.state === "connecting") line = { text: t("connection.connecting") };
  else if (view.soundBlocked) line = { text: t("connection.soundBlocked"), action: { name: t("connection.startSound"), run: () => void media.startSound() } };
  else if (view.state === "none") line = { text: t("connection.noMedia") };
  else if (view.deviceProblem !== null) {
    const { device, fault } = view.deviceProblem;
    const text = device === "camera" || device === "microphone" ? t(`fault.${device}.${fault}`) : t(`fault.${device}`);
    line = { text, dismiss: () => media.forgetProblem() };
  } else if (suggestAudio) {
    line = {
      text: t("connection.poor"),
      dismiss: () => setDismissed(true),
      action: {
        name: t("room.audioOnly"),
        run: () => {
          setDismissed(true);
          choose({ audioOnly: true });
          media.setAudioOnly(true);
        },
      },
    };
  }
  return (
    <>
      <div role="status" data-testid="connection-state" data-state={room.status.state === "open" ? view.state : "reconnecting"}>
        {line !== null && (
          <div className={cn("flex flex-wrap items-center justify-center gap-x-4 gap-y-1 px-4 py-2 text-sm", line.bad ? "bg-warning-soft text-warning" : "bg-accent text-accent-foreground")}>
            <span>{line.text}</span>
            {line.action && (
              <Button variant="outline" size="sm" onClick={line.action.run}>
                {line.action.name}
              </Button>
            )}
            {line.dismiss && (
              <Button variant="ghost" size="icon-sm" aria-label={t("common.close")} onClick={line.dismiss}>
                <X aria-hidden />
              </Button>
            )}
          </div>
        )}
      </div>
      {room.view.hostAbsentUntil !== null && session.status === "ACTIVE" && <HostAway until={room.view.hostAbsentUntil} />}
    </>
  );
}

function HostAway({ until }: { until: string }) {
  const { t } = useTranslation();
  const left = Date.parse(until) - useNow();
  return (
    <p className="bg-warning-soft px-4 py-2 text-center text-sm text-warning">
      {t("connection.hostAway")} <span role="timer">{clockTime(left)}</span>
    </p>
  );
}

/** Whether something has been so for a while. */
function usePoorFor(ms: number, poor: boolean): boolean {
  const [long, setLong] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    setLong(false);
    if (!poor) return;
    timer.current = setTimeout(() => setLong(true), ms);
    return () => clearTimeout(timer.current);
  }, [poor, ms]);
  return long;
}
