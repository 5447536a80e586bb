import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Session, User } from "@mockly/client";
import { Link } from "@tanstack/react-router";
import { ChevronLeft, Mic, MicOff, TriangleAlert, Video, VideoOff, Volume2 } from "lucide-react";
import { useTranslation } from "react-i18next";

import { InlineAlert, PageTitle } from "@/components/states";
import { Avatar } from "@/components/ui/avatar";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { embedded } from "@/lib/embed";
import { problemText } from "@/lib/problem";
import { hostName, isHost, rights } from "@/lib/sessions";

import { choose, useChoices } from "./choices";
import { type DeviceFault, playTestTone, useDevices, useLevel, usePreview } from "./devices";

interface PreJoinProps {
  session: Session;
  user: User;
  error: unknown;
  busy?: boolean;
  onJoin: () => void;
}

/** The device check. Nothing is connected and no token is asked for before Join. */
export function PreJoin({ session, user, error, busy = false, onJoin }: PreJoinProps) {
  const { t } = useTranslation();
  const choices = useChoices();
  const host = isHost(session, user);
  const allowed = (source: "microphone" | "camera") => host || session.media[source];
  const camera = usePreview("video", choices.camera && allowed("camera") && !busy, choices.cameraId);
  const microphone = usePreview("audio", choices.microphone && allowed("microphone") && !busy, choices.microphoneId);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onJoin();
  };
  const starts = session.kind === "CLASS" && rights(session, user).start;
  return (
    <main className="mx-auto flex min-h-dvh max-w-5xl flex-col px-4 py-4 sm:px-6 sm:py-8">
      {!embedded && (
        <Link to="/sessions/$id" params={{ id: session.id }} className="mb-4 inline-flex items-center gap-1 self-start rounded-sm text-sm text-muted-foreground hover:text-foreground">
          <ChevronLeft aria-hidden className="size-4" />
          {t("common.back")}
        </Link>
      )}
      <div className="my-auto grid items-center gap-6 lg:grid-cols-[3fr_2fr] lg:gap-10">
        <div className="relative aspect-[4/3] overflow-hidden rounded-2xl bg-tile text-white shadow-lg sm:aspect-video">
          <Preview stream={camera.stream} name={user.displayName} />
          <span className="absolute bottom-3 left-3 rounded-md bg-black/60 px-2 py-1 text-sm">{user.displayName}</span>
          <div className="absolute inset-x-0 bottom-3 flex justify-center gap-3">
            <Toggle
              on={choices.microphone && allowed("microphone")}
              disabled={!allowed("microphone")}
              label={t(choices.microphone ? "device.microphoneOff" : "device.microphoneOn")}
              icons={[<Mic key="on" />, <MicOff key="off" />]}
              onClick={() => choose({ microphone: !choices.microphone })}
            />
            <Toggle
              on={choices.camera && allowed("camera")}
              disabled={!allowed("camera")}
              label={t(choices.camera ? "device.cameraOff" : "device.cameraOn")}
              icons={[<Video key="on" />, <VideoOff key="off" />]}
              onClick={() => choose({ camera: !choices.camera })}
            />
          </div>
        </div>
        <form onSubmit={submit} className="grid min-w-0 gap-5">
          <div>
            <PageTitle title={session.title} className="text-2xl font-semibold tracking-tight">
              {session.title}
            </PageTitle>
            <p className="mt-1 text-muted-foreground">{t("prejoin.lead", { host: hostName(session) })}</p>
          </div>
          {error !== null && <InlineAlert>{problemText(error)}</InlineAlert>}
          <Button type="submit" size="lg" disabled={busy} autoFocus>
            {busy ? t("prejoin.joining") : starts ? t("prejoin.startAndJoin") : t("prejoin.join")}
          </Button>
          <Faults camera={camera.fault} microphone={microphone.fault} retry={() => [camera, microphone].forEach(({ retry }) => retry())} />
          <Level stream={microphone.stream} on={choices.microphone} />
          <DeviceSelects anew={camera.stream ?? microphone.stream} />
        </form>
      </div>
    </main>
  );
}

/** Which microphone, camera and loudspeaker; used before joining and within. */
export function DeviceSelects({ anew, onChoose }: { anew: unknown; onChoose?: (kind: MediaDeviceKind, id: string) => void }) {
  const { t } = useTranslation();
  const choices = useChoices();
  const devices = useDevices(anew);
  const kinds = [
    { kind: "audioinput", label: t("device.microphone"), value: choices.microphoneId, set: (id: string) => choose({ microphoneId: id }) },
    { kind: "videoinput", label: t("device.camera"), value: choices.cameraId, set: (id: string) => choose({ cameraId: id }) },
    { kind: "audiooutput", label: t("device.speaker"), value: choices.speakerId, set: (id: string) => choose({ speakerId: id }) },
  ] as const;
  return (
    <div className="grid gap-3">
      {kinds.map(({ kind, label, value, set }) => {
        const found = devices.filter((device) => device.kind === kind);
        if (found.length === 0) return null;
        return (
          <Field key={kind} label={label}>
            {(wiring) => (
              <div className="flex gap-2">
                <Select
                  {...wiring}
                  value={found.some(({ deviceId }) => deviceId === value) ? (value ?? "") : found[0]?.deviceId}
                  onChange={(event) => {
                    set(event.target.value);
                    onChoose?.(kind, event.target.value);
                  }}
                >
                  {found.map((device, index) => (
                    <option key={device.deviceId} value={device.deviceId}>
                      {device.label || `${label} ${index + 1}`}
                    </option>
                  ))}
                </Select>
                {kind === "audiooutput" && (
                  <Button variant="outline" onClick={() => void playTestTone(value)}>
                    <Volume2 aria-hidden />
                    {t("device.test")}
                  </Button>
                )}
              </div>
            )}
          </Field>
        );
      })}
    </div>
  );
}

function Preview({ stream, name }: { stream: MediaStream | null; name: string }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current !== null) video.current.srcObject = stream;
  }, [stream]);
  if (stream === null) {
    return (
      <div className="absolute inset-0 flex items-center justify-center">
        <Avatar name={name} className="size-24 text-3xl" />
      </div>
    );
  }
  return <video ref={video} autoPlay muted playsInline aria-label={t("prejoin.preview")} className="absolute inset-0 size-full -scale-x-100 object-cover" />;
}

interface ToggleProps {
  on: boolean;
  disabled: boolean;
  label: string;
  icons: [React.ReactNode, React.ReactNode];
  onClick: () => void;
}

function Toggle({ on, disabled, label, icons, onClick }: ToggleProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
      className={cn(
        "flex size-12 items-center justify-center rounded-full text-white transition-colors disabled:opacity-60 [&_svg]:size-5",
        on ? "bg-black/60 hover:bg-black/75" : "bg-[oklch(0.53_0.21_27)] hover:bg-[oklch(0.48_0.2_27)]",
      )}
    >
      {icons[on ? 0 : 1]}
    </button>
  );
}

function Level({ stream, on }: { stream: MediaStream | null; on: boolean }) {
  const { t } = useTranslation();
  const bar = useLevel(stream);
  if (!on || stream === null) return null;
  return (
    <div className="flex items-center gap-3 text-sm text-muted-foreground">
      <Mic aria-hidden className="size-4 shrink-0" />
      <span className="sr-only">{t("prejoin.level")}</span>
      <div className="h-2 flex-1 overflow-hidden rounded-full bg-muted">
        <div ref={bar} className="h-full origin-left scale-x-0 rounded-full bg-success" />
      </div>
    </div>
  );
}

function Faults({ camera, microphone, retry }: { camera: DeviceFault | null; microphone: DeviceFault | null; retry: () => void }) {
  const { t } = useTranslation();
  // The same cause for both is told once.
  const [first, second] = [camera, microphone];
  const lines: string[] = [];
  if (first !== null && first === second) lines.push(`${t(`fault.both.${first}`)} ${t("prejoin.withoutBoth")}`);
  else {
    if (first !== null) lines.push(`${t(`fault.camera.${first}`)} ${t("prejoin.withoutCamera")}`);
    if (second !== null) lines.push(`${t(`fault.microphone.${second}`)} ${t("prejoin.withoutMicrophone")}`);
  }
  const [shown, setShown] = useState(false);
  useEffect(() => setShown(lines.length > 0), [lines.length]);
  if (!shown || lines.length === 0) return null;
  return (
    <div role="alert" className="flex gap-3 rounded-lg bg-warning-soft px-4 py-3 text-sm text-warning">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="grid gap-2">
        {lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
        {first !== "insecure" && (
          <button type="button" className="justify-self-start font-medium underline underline-offset-4" onClick={retry}>
            {t("common.retry")}
          </button>
        )}
      </div>
    </div>
  );
}
