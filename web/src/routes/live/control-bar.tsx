import type { ReactNode } from "react";
import { AudioLines, Ellipsis, Hand, Keyboard, LayoutGrid, MessageCircleQuestion, MessageSquare, Mic, MicOff, MonitorUp, PhoneOff, Settings2, SquareX, Users, Video, VideoOff } from "lucide-react";
import { useTranslation } from "react-i18next";

import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuSeparator, DropdownMenuTrigger } from "@/components/ui/dropdown-menu";
import { cn } from "@/lib/cn";

import { choose, useChoices } from "./choices";
import type { MediaSnapshot } from "./media";
import type { Panel } from "./room";
import { keyName } from "./shortcuts";

interface ControlBarProps {
  hidden: boolean;
  view: MediaSnapshot;
  panel: Panel | null;
  unread: number;
  /** Polls and questions that wait for one. */
  open: number;
  /** The own place in the queue, below 0 for none. */
  hand: number;
  host: boolean;
  waiting: number;
  hands: number;
  mayShare: boolean;
  asked: boolean;
  onMicrophone: () => void;
  onCamera: () => void;
  onHand: () => void;
  onPanel: (panel: Panel) => void;
  onShare: () => void;
  onAskShare: () => void;
  onAudioOnly: () => void;
  onDevices: () => void;
  onShortcuts: () => void;
  onLeave: () => void;
  onEnd: (() => void) | null;
}

/** Telephones cannot share their screen. */
const canCapture = "mediaDevices" in navigator && "getDisplayMedia" in navigator.mediaDevices;

export function ControlBar(props: ControlBarProps) {
  const { t } = useTranslation();
  const { view, panel, unread, open, hand, host, waiting, hands } = props;
  // What is not connected must not look as if it were heard.
  const live = view.state === "connected";
  const microphone = live && view.microphone;
  const camera = live && view.camera;
  const badge = waiting > 0 ? waiting : host ? hands : 0;
  return (
    <div
      role="toolbar"
      aria-label={t("bar.label")}
      className={cn(
        "items-center justify-center gap-1.5 border-t border-border bg-background px-2 py-2 pb-[max(0.5rem,env(safe-area-inset-bottom))] max-[379px]:gap-0 max-[379px]:px-1 sm:gap-3 short:py-1",
        props.hidden ? "hidden" : "flex",
      )}
    >
      <BarButton
        label={t(microphone ? "bar.microphoneOff" : "bar.microphoneOn")}
        hint={keyName("Ctrl+D")}
        pressed={microphone}
        off={!microphone}
        disabled={!live || !view.mayPublish.microphone}
        onClick={props.onMicrophone}
      >
        {microphone ? <Mic /> : <MicOff />}
      </BarButton>
      <BarButton
        label={t(camera ? "bar.cameraOff" : "bar.cameraOn")}
        hint={keyName("Ctrl+E")}
        pressed={camera}
        off={!camera}
        disabled={!live || !view.mayPublish.camera || view.audioOnly}
        onClick={props.onCamera}
      >
        {camera ? <Video /> : <VideoOff />}
      </BarButton>
      {canCapture && props.mayShare && (
        <BarButton label={t(view.screen ? "bar.shareOff" : "bar.shareOn")} pressed={view.screen} disabled={!live} onClick={props.onShare} className="hidden sm:flex">
          <MonitorUp />
        </BarButton>
      )}
      {canCapture && !props.mayShare && (
        <BarButton label={t(props.asked ? "bar.askedShare" : "bar.askShare")} off disabled={!live || props.asked} onClick={props.onAskShare} className="hidden sm:flex">
          <MonitorUp />
        </BarButton>
      )}
      <BarButton
        label={hand < 0 ? t("bar.handUp") : t("bar.handDown", { place: hand + 1 })}
        hint={keyName("Ctrl+Shift+H")}
        pressed={hand >= 0}
        badge={hand >= 0 ? String(hand + 1) : null}
        onClick={props.onHand}
      >
        <Hand />
      </BarButton>
      <BarButton label={unread > 0 ? t("bar.chatUnread", { count: unread }) : t("bar.chat")} hint={keyName("Ctrl+Shift+M")} pressed={panel === "chat"} badge={unread > 0 ? String(Math.min(unread, 99)) : null} onClick={() => props.onPanel("chat")}>
        <MessageSquare />
      </BarButton>
      <BarButton
        label={waiting > 0 ? t("bar.peopleWaiting", { count: waiting }) : t("bar.people")}
        hint={keyName("Ctrl+Shift+P")}
        pressed={panel === "people"}
        badge={badge > 0 ? String(badge) : null}
        onClick={() => props.onPanel("people")}
        className={waiting > 0 ? "flex" : "hidden sm:flex"}
      >
        <Users />
      </BarButton>
      <BarButton
        label={open > 0 ? t("room.questionsOpen", { count: open }) : t("room.questions")}
        pressed={panel === "questions"}
        badge={open > 0 ? String(open) : null}
        onClick={() => props.onPanel("questions")}
        // A telephone has room for one more button; the menu has what is left out.
        className={open > 0 && waiting === 0 ? "flex" : "hidden sm:flex"}
      >
        <MessageCircleQuestion />
      </BarButton>
      <More {...props} />
      <BarButton label={t("bar.leave")} danger onClick={props.onLeave}>
        <PhoneOff />
      </BarButton>
    </div>
  );
}

function More(props: ControlBarProps) {
  const { t } = useTranslation();
  const { speakerView } = useChoices();
  return (
    <DropdownMenu side="top">
      <DropdownMenuTrigger>
        <button
          type="button"
          aria-label={t("bar.more")}
          title={t("bar.more")}
          className="flex size-11 shrink-0 items-center justify-center rounded-full bg-secondary text-secondary-foreground transition-colors hover:bg-secondary/70 sm:size-12 [&_svg]:size-5"
        >
          <Ellipsis aria-hidden />
        </button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        <DropdownMenuItem onSelect={() => props.onPanel("people")} className="sm:hidden">
          <Users aria-hidden />
          {t("bar.people")}
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={() => props.onPanel("questions")} className="sm:hidden">
          <MessageCircleQuestion aria-hidden />
          {props.open > 0 ? t("room.questionsOpen", { count: props.open }) : t("room.questions")}
        </DropdownMenuItem>
        {canCapture && props.mayShare && (
          <DropdownMenuItem onSelect={props.onShare} className="sm:hidden">
            <MonitorUp aria-hidden />
            {t(props.view.screen ? "bar.shareOff" : "bar.shareOn")}
          </DropdownMenuItem>
        )}
        {canCapture && !props.mayShare && (
          <DropdownMenuItem disabled={props.asked} onSelect={props.onAskShare} className="sm:hidden">
            <MonitorUp aria-hidden />
            {t("bar.askShare")}
          </DropdownMenuItem>
        )}
        <DropdownMenuItem onSelect={() => choose({ speakerView: !speakerView })}>
          <LayoutGrid aria-hidden />
          {t(speakerView ? "bar.gridView" : "bar.speakerView")}
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={props.onAudioOnly}>
          <AudioLines aria-hidden />
          {t(props.view.audioOnly ? "bar.withVideo" : "room.audioOnly")}
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={props.onDevices}>
          <Settings2 aria-hidden />
          {t("room.devices")}
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={props.onShortcuts}>
          <Keyboard aria-hidden />
          {t("shortcut.title")}
        </DropdownMenuItem>
        {props.onEnd !== null && (
          <>
            <DropdownMenuSeparator />
            <DropdownMenuItem className="text-destructive" onSelect={props.onEnd}>
              <SquareX aria-hidden />
              {t("room.endForAll")}
            </DropdownMenuItem>
          </>
        )}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

interface BarButtonProps {
  label: string;
  hint?: string;
  pressed?: boolean;
  off?: boolean;
  danger?: boolean;
  disabled?: boolean;
  badge?: string | null;
  className?: string;
  onClick: () => void;
  children: ReactNode;
}

function BarButton({ label, hint, pressed, off = false, danger = false, disabled = false, badge = null, className, onClick, children }: BarButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={hint === undefined ? label : `${label} (${hint})`}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
      className={cn(
        "relative size-11 shrink-0 items-center justify-center rounded-full transition-colors disabled:opacity-50 sm:size-12 [&>svg]:size-5",
        className ?? "flex",
        danger || off ? "bg-destructive text-destructive-foreground hover:bg-destructive/90" : pressed ? "bg-primary text-primary-foreground hover:bg-primary/90" : "bg-secondary text-secondary-foreground hover:bg-secondary/70",
      )}
    >
      {children}
      {badge !== null && (
        // Generated content, because the button's name says it already.
        <span
          aria-hidden
          data-badge={badge}
          className="absolute -top-0.5 -right-0.5 min-w-5 rounded-full border-2 border-background bg-primary px-1 text-center text-[0.65rem] leading-4 font-semibold text-primary-foreground before:content-[attr(data-badge)]"
        />
      )}
    </button>
  );
}
