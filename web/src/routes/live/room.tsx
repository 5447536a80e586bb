import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { type LiveRoom, type Member, type Session, unwrap, type User } from "@mockly/client";
import { useBlocker } from "@tanstack/react-router";
import { CircleDot, Wifi, WifiLow, WifiOff, X } from "lucide-react";
import { useTranslation } from "react-i18next";

import { queryClient, rest, topics } from "@/api/client";
import { Confirm } from "@/components/confirm";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent } from "@/components/ui/dialog";
import { AppToaster } from "@/components/shell";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { useNow } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { embedded, tellParent } from "@/lib/embed";
import { clockTime } from "@/lib/format";
import { useMatches } from "@/lib/media";
import { problemText } from "@/lib/problem";
import { rights } from "@/lib/sessions";
import { useDarkPage } from "@/lib/theme";
import { toast } from "@/lib/toast";

import { interrupt } from "./announce";
import { Banners } from "./banners";
import { Chat, NO_DRAFT } from "./chat";
import { choose, useChoices } from "./choices";
import { ControlBar } from "./control-bar";
import type { Media, MediaSnapshot } from "./media";
import { openFor, questionsOf } from "./open";
import { People } from "./people";
import { DeviceSelects } from "./prejoin";
import { Questions } from "./questions";
import { ShortcutList, useShortcuts } from "./shortcuts";
import { Stage } from "./stage";
import { useRoomNews, useWaitingTold } from "./news";
import { WaitingBar } from "./waiting-bar";

const wideWindow = matchMedia("(min-width: 1024px)");

export type Panel = "chat" | "people" | "questions";
const NOBODY: Member[] = [];

type Asking = "leave" | "end" | "devices" | "shortcuts" | null;

interface RoomPageProps {
  session: Session;
  user: User;
  store: LiveRoom;
  media: Media;
  onLeave: () => void;
}

export function RoomPage({ session, user, store, media, onLeave }: RoomPageProps) {
  const { t } = useTranslation();
  const room = useSyncExternalStore(store.subscribe, store.get);
  const view = useSyncExternalStore(media.subscribe, media.get);
  const choices = useChoices();
  const wide = useMatches(wideWindow);
  const [panel, setPanel] = useState<Panel | null>(() => (wide && choices.sidebar && !embedded ? "chat" : null));
  const [asking, setAsking] = useState<Asking>(null);
  const [seen, setSeen] = useState(0);
  const [seenUntil, setSeenUntil] = useState(0);
  const [draft, setDraft] = useState(NO_DRAFT);
  const [makingPoll, setMakingPoll] = useState(false);
  const host = room.role === "host";
  const can = rights(session, user);
  const messages = room.view.messages.length;
  const chatOpen = panel === "chat";
  useEffect(() => {
    if (chatOpen) setSeen(messages);
  }, [chatOpen, messages]);
  const questionsOpen = panel === "questions";
  const lastAsked = questionsOf(room.view, user.id).at(-1)?.timestamp ?? 0;
  useEffect(() => {
    if (questionsOpen) setSeenUntil(lastAsked);
  }, [questionsOpen, lastAsked]);
  const openCount = openFor(room.view, { userId: user.id, host, seenUntil: questionsOpen ? lastAsked : seenUntil });
  useDarkPage();
  useEffect(() => tellParent({ type: "mockly:joined", sessionId: session.id }), [session.id]);
  const title = useRef<HTMLHeadingElement>(null);
  const aside = useRef<HTMLElement>(null);
  const opened = useRef<HTMLElement | null>(null);
  // The focus goes where it goes on: to the heading on coming in, into a panel on opening it, and back on closing it.
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  const asked = useRef(false);
  useEffect(() => {
    if (!asked.current) return;
    asked.current = false;
    // The panel may have been open from the beginning.
    if (panel === null) (opened.current?.isConnected ? opened.current : title.current)?.focus();
    // A telephone's keyboard comes up only when it is asked for.
    else (aside.current?.querySelector<HTMLElement>(wide && panel === "chat" ? "textarea" : "[role=tab][data-state=active]"))?.focus();
  }, [panel, wide]);
  const show = (next: Panel | null) => {
    if (panel === null) opened.current = document.activeElement as HTMLElement | null;
    asked.current = true;
    setPanel(next);
    if (wide) choose({ sidebar: next !== null });
  };
  const answer = (questionId: string) => {
    setDraft({ ...draft, type: "ANSWER", questionId });
    show("chat");
  };
  const toggle = (next: Panel) => show(panel === next ? null : next);
  const hand = room.view.handsRaised.findIndex(({ clientId }) => clientId === user.id);
  const toggleHand = () => store.act(hand < 0 ? "raise_hand" : "lower_hand", {});
  // Whoever comes back, after a reload too, is as they were.
  const toggleMicrophone = () => {
    const microphone = !media.get().microphone;
    choose({ microphone });
    void media.setMicrophone(microphone);
  };
  const toggleCamera = () => {
    const camera = !media.get().camera;
    choose({ camera });
    void media.setCamera(camera);
  };
  useRecordingTold(view.recording);
  const waiting = host ? room.view.waitingUsers : NOBODY;
  useWaitingTold(waiting);
  useRoomNews({ store, media, user, host, chatOpen, questionsOpen, openPanel: show });
  useMediaTold({ store, open: room.status.state === "open", microphone: view.microphone, camera: view.camera, connected: view.state === "connected" });
  useShortcuts({
    enabled: choices.shortcuts,
    toggleMicrophone,
    toggleCamera,
    toggleHand,
    togglePanel: toggle,
    help: () => setAsking("shortcuts"),
    talk: (on) => void media.setMicrophone(on),
    silent: !view.microphone,
  });
  useEffect(() => {
    document.title = `${session.title} · ${t("product")}`;
  }, [session.title, t]);
  const mayEnd = host && can.end;
  const away = useAway();
  const end = async () => {
    const ended = await unwrap(rest.POST("/api/sessions/{id}/end", { params: { path: { id: session.id } } }));
    queryClient.setQueryData(["session", session.id], ended);
  };
  const retry = () => {
    store.retry();
    topics.retry();
  };
  const count = room.view.participants.filter(({ online }) => online).length;
  // On a telephone a panel takes the place of everything but what is told of the connection.
  const sheet = !wide && panel !== null;
  const height = useVisibleHeight();
  return (
    <div className="flex h-dvh flex-col overflow-hidden bg-stage" style={height === null ? undefined : { height }}>
      <header className={cn(embedded ? "min-h-10 text-sm" : "min-h-14", "items-center gap-3 border-b border-border bg-background px-3 sm:px-4 short:min-h-11", sheet ? "hidden" : "flex")}>
        <h1 ref={title} tabIndex={-1} className="min-w-0 truncate font-semibold">
          {session.title}
        </h1>
        <Elapsed session={session} />
        {view.recording && (
          <Badge variant="danger">
            <CircleDot aria-hidden />
            {t("room.recording")}
          </Badge>
        )}
        <div className="ml-auto flex items-center gap-2">
          <Quality view={view} />
          {session.status === "SCHEDULED" && can.start && <StartNow session={session} />}
          {mayEnd && (
            // On a telephone it is in the menu, and asked about on leaving.
            <div className="hidden sm:block">
              <Button variant="destructive" size="sm" onClick={() => setAsking("end")}>
                {t("room.endForAll")}
              </Button>
            </div>
          )}
        </div>
      </header>
      <Banners room={room} media={media} view={view} session={session} onRetry={retry} />
      {/* The people's own panel shows them itself. */}
      {waiting.length > 0 && panel !== "people" && <WaitingBar waiting={waiting} store={store} onShow={() => show("people")} onDone={() => title.current?.focus()} />}
      <div className="relative flex min-h-0 flex-1">
        <AppToaster within={!sheet ? "above" : chatOpen ? "under-tabs" : "below"} />
        <main className={cn("relative min-w-0 flex-1", sheet && "hidden")}>
          <Stage view={view} room={room.view} user={user} />
        </main>
        {panel !== null && (
          // Escape closes what was opened, wherever in it one is.
          // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
          <aside
            ref={aside}
            aria-label={t("room.sidebar")}
            onKeyDown={(event) => event.key === "Escape" && !event.defaultPrevented && show(null)}
            className={cn("flex flex-col border-border bg-background", wide ? "w-[22rem] border-l xl:w-96" : "w-full pb-[env(safe-area-inset-bottom)]")}
          >
            <Tabs value={panel} onValueChange={(value) => setPanel(value as Panel)} className="flex min-h-0 flex-1 flex-col">
              <div className="flex items-center gap-2 p-2">
                <TabsList className="@container min-w-0 flex-1">
                  <TabsTrigger value="chat">{t("room.chat")}</TabsTrigger>
                  <TabsTrigger value="people">{t("room.people", { count })}</TabsTrigger>
                  <TabsTrigger value="questions" aria-label={openCount > 0 ? t("room.questionsOpen", { count: openCount }) : t("room.questions")}>
                    <span className="hidden @min-[19.5rem]:inline">{t("room.questions")}</span>
                    <span className="@min-[19.5rem]:hidden">{t("room.questionsShort")}</span>
                    {openCount > 0 && <span className="min-w-5 rounded-full bg-primary px-1 text-center text-xs leading-5 font-semibold text-primary-foreground">{openCount}</span>}
                  </TabsTrigger>
                </TabsList>
                <Button variant="ghost" size="icon-sm" aria-label={t("room.closeSidebar")} onClick={() => show(null)}>
                  <X aria-hidden />
                </Button>
              </div>
              <TabsContent value="chat" className="flex min-h-0 flex-1 flex-col">
                <Chat
                  room={room}
                  store={store}
                  user={user}
                  draft={draft}
                  onDraft={setDraft}
                  onPoll={
                    host
                      ? () => {
                          setMakingPoll(true);
                          show("questions");
                        }
                      : null
                  }
                />
              </TabsContent>
              <TabsContent value="people" className="min-h-0 flex-1 overflow-y-auto">
                <People session={session} room={room.view} tiles={view.tiles} user={user} store={store} host={host} />
              </TabsContent>
              <TabsContent value="questions" className="min-h-0 flex-1 overflow-y-auto">
                <Questions room={room.view} store={store} host={host} making={makingPoll} setMaking={setMakingPoll} onAnswer={answer} />
              </TabsContent>
            </Tabs>
          </aside>
        )}
      </div>
      <ControlBar
        hidden={sheet}
        view={view}
        panel={panel}
        open={openCount}
        unread={chatOpen ? 0 : Math.max(0, messages - seen)}
        hand={hand}
        host={host}
        waiting={waiting.length}
        hands={room.view.handsRaised.length}
        mayShare={view.mayPublish.screen}
        asked={room.view.requests.some(({ clientId }) => clientId === user.id)}
        onMicrophone={toggleMicrophone}
        onCamera={toggleCamera}
        onHand={toggleHand}
        onPanel={toggle}
        onShare={() => void media.setScreen(!view.screen)}
        onAskShare={() => {
          if (store.act("request_screenshare", {})) toast.success(t("room.shareAsked"));
        }}
        onAudioOnly={() => {
          choose({ audioOnly: !view.audioOnly });
          media.setAudioOnly(!view.audioOnly);
        }}
        onDevices={() => setAsking("devices")}
        onShortcuts={() => setAsking("shortcuts")}
        onLeave={() => (can.end ? setAsking("leave") : onLeave())}
        onEnd={mayEnd ? () => setAsking("end") : null}
      />
      <LeaveDialog
        open={asking === "leave" || away !== null}
        onClose={() => {
          setAsking(null);
          away?.stay();
        }}
        onLeave={() => {
          away?.go();
          onLeave();
        }}
        onEnd={can.end ? end : null}
      />
      <Confirm
        open={asking === "end"}
        onOpenChange={(open) => setAsking(open ? "end" : null)}
        title={t("room.endTitle")}
        text={t("room.endText")}
        action={t("room.endForAll")}
        onConfirm={end}
      />
      <Dialog open={asking === "devices"} onOpenChange={(open) => setAsking(open ? "devices" : null)}>
        <DialogContent title={t("room.devices")}>
          <DeviceSelects anew={view.camera} onChoose={(kind, id) => void media.useDevice(kind, id)} />
        </DialogContent>
      </Dialog>
      <Dialog open={asking === "shortcuts"} onOpenChange={(open) => setAsking(open ? "shortcuts" : null)}>
        <DialogContent title={t("shortcut.title")}>
          <ShortcutList />
        </DialogContent>
      </Dialog>
    </div>
  );
}

function Elapsed({ session }: { session: Session }) {
  const { t } = useTranslation();
  const now = useNow();
  if (session.startedAt === undefined || session.startedAt === null) return <Badge variant="primary">{t("room.notStarted")}</Badge>;
  return (
    <Badge variant="live" className="tabular-nums">
      <span className="sr-only">{t("room.elapsed")}</span>
      {clockTime(now - Date.parse(session.startedAt))}
    </Badge>
  );
}

/** How good one's own connection is, in words for who does not see the sign. */
function Quality({ view }: { view: MediaSnapshot }) {
  const { t } = useTranslation();
  if (view.state !== "connected" || view.quality === "unknown") return null;
  const good = view.quality === "good";
  const Sign = good ? Wifi : view.quality === "poor" ? WifiLow : WifiOff;
  return (
    <span title={t(`room.quality.${view.quality}`)} className={good ? "text-muted-foreground" : "text-warning"}>
      <Sign aria-hidden className="size-5" />
      <span className="sr-only">{t(`room.quality.${view.quality}`)}</span>
    </span>
  );
}

function StartNow({ session }: { session: Session }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const start = async () => {
    setBusy(true);
    try {
      const started = await unwrap(rest.POST("/api/sessions/{id}/start", { params: { path: { id: session.id } } }));
      queryClient.setQueryData(["session", session.id], started);
    } catch (error) {
      toast.error(problemText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button size="sm" disabled={busy} onClick={() => void start()}>
      {t("session.start")}
    </Button>
  );
}

/** The browser's Back, or a link of the app, that waits for the user's word; `null` for none. */
function useAway(): { stay: () => void; go: () => void } | null {
  const blocked = useBlocker({ shouldBlockFn: leadsElsewhere, enableBeforeUnload: false, withResolver: true });
  const stay = useRef(blocked.reset);
  stay.current = blocked.reset;
  // Where the session ends meanwhile, its ending is to be seen.
  useEffect(() => () => stay.current?.(), []);
  return blocked.status === "blocked" ? { stay: blocked.reset, go: blocked.proceed } : null;
}

const leadsElsewhere = ({ current, next }: { current: { pathname: string }; next: { pathname: string } }) => current.pathname !== next.pathname;

interface LeaveDialogProps {
  open: boolean;
  onClose: () => void;
  onLeave: () => void;
  /** Only for those who may. */
  onEnd: (() => Promise<void>) | null;
}

/** Leaving comes first; ending it for everyone is another thing, and looks so. */
function LeaveDialog({ open, onClose, onLeave, onEnd }: LeaveDialogProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const leave = useRef<HTMLButtonElement>(null);
  const end = async () => {
    setBusy(true);
    try {
      await onEnd?.();
    } catch (error) {
      toast.error(problemText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent
        title={t("room.leaveTitle")}
        description={t("over.leftText")}
        className="sm:max-w-md"
        onOpenAutoFocus={(event) => {
          event.preventDefault();
          leave.current?.focus();
        }}
      >
        <div className="grid gap-3">
          <Button ref={leave} size="lg" onClick={onLeave}>
            {t("room.leave")}
          </Button>
          <DialogClose asChild>
            <Button variant="outline" size="lg">
              {t("room.stay")}
            </Button>
          </DialogClose>
        </div>
        {onEnd !== null && (
          <div className="mt-5 grid gap-3 border-t border-border pt-4">
            <p id="end-hint" className="text-sm text-muted-foreground">
              {t("room.endHint")}
            </p>
            <Button variant="outline" className="text-destructive hover:text-destructive" aria-describedby="end-hint" disabled={busy} onClick={() => void end()}>
              {t("room.endForAll")}
            </Button>
          </div>
        )}
      </DialogContent>
    </Dialog>
  );
}

/** Tells the room what one's microphone and camera do, whoever switched them. */
function useMediaTold({ store, open, microphone, camera, connected }: { store: LiveRoom; open: boolean; microphone: boolean; camera: boolean; connected: boolean }) {
  const audio = open && connected ? microphone : null;
  const video = open && connected ? camera : null;
  useEffect(() => {
    if (audio !== null) store.send("toggle_audio", { enabled: audio });
  }, [store, audio]);
  useEffect(() => {
    if (video !== null) store.send("toggle_video", { enabled: video });
  }, [store, video]);
}

/** Says aloud when a recording begins and ends: who is recorded must know. */
function useRecordingTold(recording: boolean) {
  const { t } = useTranslation();
  const before = useRef(false);
  useEffect(() => {
    if (recording !== before.current) interrupt(t(recording ? "news.recording" : "news.recordingOver"));
    before.current = recording;
  }, [recording, t]);
}

/** Some browsers lay the keyboard over the page instead of making it smaller; this is what is left, `null` where all is. */
function useVisibleHeight(): number | null {
  return useSyncExternalStore(
    (listener) => {
      window.visualViewport?.addEventListener("resize", listener);
      return () => window.visualViewport?.removeEventListener("resize", listener);
    },
    () => {
      const seen = window.visualViewport;
      return seen === null || seen.scale !== 1 || seen.height > innerHeight - 50 ? null : Math.round(seen.height);
    },
  );
}
