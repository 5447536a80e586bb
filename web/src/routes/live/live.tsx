import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { CLOSE, LiveRoom, ProblemError, type RoomSnapshot, type Session, unwrap, type User } from "@mockly/client";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { queryClient, rest, socketOrigin } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import { useIdentity, useSessionTopic, useWithoutTopics } from "@/api/use-topics";
import { addTexts } from "@/i18n";
import { live } from "@/i18n/live";
import { serverNow } from "@/lib/clock";
import { standing } from "@/lib/problem";
import { rights } from "@/lib/sessions";
import { dismissToasts } from "@/lib/toast";

import { Announcer, interrupt } from "./announce";
import { getChoices } from "./choices";
import { Gate } from "./gate";
import { Lobby } from "./lobby";
import { Media } from "./media";
import { Over, type Outcome } from "./over";
import { PreJoin } from "./prejoin";
import { RoomPage } from "./room";

addTexts("translation", live);

type Phase = { at: "prejoin"; error: unknown } | { at: "joining" } | { at: "inside"; store: LiveRoom; media: Media } | { at: "over"; outcome: Outcome };

export function LivePage() {
  // Both addresses of the page have an id.
  const { id } = useParams({ strict: false }) as { id: string };
  // One whose sign-in has run out stays in the room, with a line that says so.
  const identity = useIdentity();
  const known = useRef(identity);
  if (identity) known.current = identity;
  const user = known.current;
  const query = useQuery(sessionQuery(id));
  useSessionTopic(id, query.data !== undefined && standing(query) === null);
  useWithoutTopics();
  // What the pages around have told stays with them.
  useEffect(() => dismissToasts(), []);
  return (
    <>
      {user ? <Gate id={id} query={query} user={user}>{(session) => <Live key={id} session={session} user={user} />}</Gate> : null}
      <Announcer />
    </>
  );
}

/** Where a place in the waiting room is remembered across a reload. */
const waitingKey = (id: string) => `mockly.waiting.${id}`;

function Live({ session, user }: { session: Session; user: User }) {
  const [phase, setPhase] = useState<Phase>(() => (sessionStorage.getItem(waitingKey(session.id)) === null ? { at: "prejoin", error: null } : { at: "joining" }));
  const phaseNow = useRef(phase);
  phaseNow.current = phase;
  const { id } = session;

  const join = useCallback(async () => {
    setPhase({ at: "joining" });
    try {
      const known = queryClient.getQueryData(sessionQuery(id).queryKey);
      if (known !== undefined && known.kind === "CLASS" && rights(known, user).start) {
        await unwrap(rest.POST("/api/sessions/{id}/start", { params: { path: { id } } }));
      }
      const joined = await unwrap(rest.POST("/api/sessions/{id}/join", { params: { path: { id } } }));
      queryClient.setQueryData(sessionQuery(id).queryKey, joined);
      const store = new LiveRoom({ origin: socketOrigin, sessionId: id, user, rest, now: serverNow });
      const media = new Media(id, getChoices);
      store.start();
      setPhase({ at: "inside", store, media });
    } catch (error) {
      sessionStorage.removeItem(waitingKey(id));
      const outcome = error instanceof ProblemError ? OUTCOMES[error.code] : undefined;
      setPhase(outcome === undefined ? { at: "prejoin", error } : { at: "over", outcome });
    }
  }, [id, user]);

  const leaveTo = useCallback(
    (outcome: Outcome) => {
      sessionStorage.removeItem(waitingKey(id));
      const now = phaseNow.current;
      if (now.at === "inside") {
        now.store.stop();
        void now.media.stop();
      }
      void queryClient.invalidateQueries({ queryKey: ["session", id] });
      void queryClient.invalidateQueries({ queryKey: ["can-join", id] });
      setPhase({ at: "over", outcome });
    },
    [id],
  );

  // A reload in the waiting room takes the place again without being asked.
  const resumed = useRef(phase.at === "joining");
  useEffect(() => {
    if (resumed.current) {
      resumed.current = false;
      void join();
    }
  }, [join]);

  // Leaving the page by the browser's own ways leaves the room; the server lets the place go after its grace.
  useEffect(
    () => () => {
      const now = phaseNow.current;
      if (now.at === "inside") {
        now.store.stop();
        void now.media.stop();
      }
    },
    [],
  );

  switch (phase.at) {
    case "prejoin":
      return <PreJoin session={session} user={user} error={phase.error} onJoin={() => void join()} />;
    case "joining":
      return <PreJoin session={session} user={user} error={null} busy onJoin={() => undefined} />;
    case "inside":
      return <Inside session={session} user={user} store={phase.store} media={phase.media} onOver={leaveTo} />;
    case "over":
      return <Over session={session} user={user} outcome={phase.outcome} onAgain={() => setPhase({ at: "prejoin", error: null })} />;
  }
}

/** Refusals that have a screen of their own. */
const OUTCOMES: Readonly<Record<string, Outcome>> = {
  "session-full": "full",
  "session-closed": "ended",
  denied: "denied",
  removed: "removed",
};

interface InsideProps {
  session: Session;
  user: User;
  store: LiveRoom;
  media: Media;
  onOver: (outcome: Outcome) => void;
}

/** Once the door has answered: waiting, or in. */
function Inside({ session, user, store, media, onOver }: InsideProps) {
  const room = useSyncExternalStore(store.subscribe, store.get);
  const mediaState = useSyncExternalStore(media.subscribe, () => media.get().state);
  const { status, role, view } = room;
  const ended = view.endReason !== null || session.status === "ENDED" || session.status === "CANCELED";
  const outcome = outcomeOf(status, role === "waiting", mediaState, ended);
  useEffect(() => {
    if (outcome !== null) onOver(outcome);
  }, [outcome, onOver]);
  useAdmitted(role);
  const waiting = role === "waiting";
  const answered = role !== null;
  useEffect(() => {
    if (!answered) return;
    if (waiting) sessionStorage.setItem(waitingKey(session.id), "1");
    else {
      sessionStorage.removeItem(waitingKey(session.id));
      void media.start();
    }
  }, [answered, waiting, media, session.id]);
  const leave = async () => {
    await unwrap(rest.POST("/api/sessions/{id}/leave", { params: { path: { id: session.id } } })).catch(() => undefined);
    onOver("left");
  };
  if (role === null) return <PreJoin session={session} user={user} error={null} busy onJoin={() => undefined} />;
  if (waiting) return <Lobby session={session} room={room} store={store} onCancel={() => void leave()} />;
  return <RoomPage session={session} user={user} store={store} media={media} onLeave={() => void leave()} />;
}

function outcomeOf(status: RoomSnapshot["status"], waiting: boolean, media: string, ended: boolean): Outcome | null {
  if (ended) return "ended";
  if (media === "elsewhere") return "elsewhere";
  // As long as people see and hear each other, the room's page says that the rest is away.
  if (status.state === "unreachable") return media === "connected" || media === "connecting" || media === "reconnecting" ? null : "failed";
  if (status.state !== "closed") return null;
  switch (status.code) {
    case CLOSE.left:
      return "left";
    case CLOSE.full:
      return "full";
    case CLOSE.ended:
      return "ended";
    case CLOSE.refused:
      return waiting || status.error === "denied" ? "denied" : "removed";
    default:
      return "failed";
  }
}

/** Says aloud that one was let in. */
function useAdmitted(role: string | null) {
  const { t } = useTranslation();
  const before = useRef(role);
  useEffect(() => {
    if (before.current === "waiting" && role !== "waiting" && role !== null) interrupt(t("lobby.admitted"));
    before.current = role;
  }, [role, t]);
}
