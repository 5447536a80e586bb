import { useEffect, useRef, useState } from "react";
import type { LiveRoom, RoomSnapshot, Session } from "@mockly/client";
import { Hourglass } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Screen } from "@/components/states";
import { Button } from "@/components/ui/button";
import { dateTimeZone } from "@/lib/format";

import { useChoices } from "./choices";
import { usePreview } from "./devices";

/** After this one may ask the host once more. */
const NO_ANSWER_MS = 10 * 60_000;

interface LobbyProps {
  session: Session;
  room: RoomSnapshot;
  store: LiveRoom;
  onCancel: () => void;
}

export function Lobby({ session, room, store, onCancel }: LobbyProps) {
  const { t, i18n } = useTranslation();
  const [asked, setAsked] = useState(0);
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    const timer = setTimeout(() => setLate(true), NO_ANSWER_MS);
    return () => clearTimeout(timer);
  }, [asked]);
  const hostHere = room.view.hosts.some(({ online }) => online);
  const planned = session.status === "SCHEDULED";
  const title = planned ? t("lobby.notStarted") : late ? t("lobby.noAnswer") : t("lobby.waiting");
  return (
    <main>
      <Screen
        icon={<Hourglass />}
        title={title}
        text={
          <>
            <p className="font-medium text-foreground">{session.title}</p>
            {planned && (
              <p>
                <time dateTime={session.scheduledAt}>{dateTimeZone(session.scheduledAt, i18n.language)}</time>
              </p>
            )}
            <p className="mt-2" role="status">
              {room.status.state !== "open" ? t("connection.lost") : hostHere ? t("lobby.hostHere") : t("lobby.hostAway")}
            </p>
            <OwnPicture />
          </>
        }
      >
        {late && (
          <Button
            onClick={() => {
              store.send("request_waiting", {});
              setAsked((count) => count + 1);
            }}
          >
            {t("lobby.askAgain")}
          </Button>
        )}
        <Button variant="outline" onClick={onCancel}>
          {t("lobby.cancel")}
        </Button>
      </Screen>
    </main>
  );
}

function OwnPicture() {
  const { t } = useTranslation();
  const choices = useChoices();
  const { stream } = usePreview("video", choices.camera, choices.cameraId);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current !== null) video.current.srcObject = stream;
  }, [stream]);
  if (stream === null) return null;
  return <video ref={video} autoPlay muted playsInline aria-label={t("prejoin.preview")} className="mx-auto mt-5 aspect-video w-64 max-w-full -scale-x-100 rounded-xl bg-tile object-cover" />;
}
