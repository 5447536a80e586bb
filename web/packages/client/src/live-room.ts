import { answerId } from "./answers";
import { foresee } from "./foreseen";
import type { Rest } from "./rest";
import { unwrap } from "./rest";
import { RoomConnection, type RoomOptions, type RoomStatus } from "./room";
import type { Actor, ClientEvents, RoomEvent, RoomRole } from "./room-events";
import { addOlder, addPending, applyRoomEvent, emptyRoom, markPending, type RoomView } from "./room-view";

/** A room at one moment. */
export interface RoomSnapshot {
  status: RoomStatus;
  view: RoomView;
  /** One's own role; `null` until the door has answered. */
  role: RoomRole | null;
}

export interface LiveRoomOptions extends Omit<RoomOptions, "roomId" | "onEvent" | "onStatus" | "ticket"> {
  /** The session's id; rooms without a session have no history to read. */
  sessionId: string;
  /** Whoever uses the page. */
  user: { id: string; displayName: string };
  rest: Rest;
  /** Milliseconds since the epoch, by the server's clock as far as it is known. */
  now?: () => number;
}

interface Asked {
  event: keyof ClientEvents;
  done: (view: RoomView) => RoomView;
}

/** What the room tells, and what only its client can know: that something was lost while the connection was away. */
export type Heard = RoomEvent | { event: "lost"; payload: { what: "hand" | "share" } };

const OLDER = 50;
/** The code of what could not go out, beside the server's own codes. */
export const OFFLINE = "offline";

/**
 * One's place in a room for as long as one is in it: the connection, what it tells, and one's own chat on the way.
 *
 * It comes back by itself. What is shown after that is what the server has: its state is told anew, the newest chat is
 * read again, and what was written meanwhile is sent; nothing is lost or doubled by it.
 *
 * What the user has just asked for is shown as if it were done, until the server has answered.
 */
export class LiveRoom {
  readonly sessionId: string;
  readonly #user: LiveRoomOptions["user"];
  readonly #rest: Rest;
  readonly #now: () => number;
  readonly #connection: RoomConnection;
  readonly #listeners = new Set<() => void>();
  readonly #hearers = new Set<(event: Heard) => void>();
  readonly #hurry = () => this.#connection.hurry();
  /** The room as the server has told it. */
  #told = emptyRoom();
  /** What was asked for and is not answered yet, the oldest first. */
  #asked: Asked[] = [];
  #snapshot: RoomSnapshot = { status: { state: "connecting" }, view: this.#told, role: null };
  #loadingOlder = false;

  constructor({ sessionId, user, rest, now = Date.now, ...connection }: LiveRoomOptions) {
    this.sessionId = sessionId;
    this.#user = user;
    this.#rest = rest;
    this.#now = now;
    this.#connection = new RoomConnection({
      ...connection,
      roomId: sessionId,
      ticket: async () => (await unwrap(rest.POST("/api/ws/ticket"))).ticket,
      onEvent: (event) => this.#hear(event),
      onStatus: (status) => this.#turn(status),
    });
  }

  start() {
    globalThis.addEventListener?.("online", this.#hurry);
    this.#connection.start();
  }

  stop() {
    globalThis.removeEventListener?.("online", this.#hurry);
    this.#connection.stop();
  }

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get = (): RoomSnapshot => this.#snapshot;

  /** Hears what is told as it comes, for what is no state: toasts and announcements. */
  listen(hear: (event: Heard) => void): () => void {
    this.#hearers.add(hear);
    return () => this.#hearers.delete(hear);
  }

  send<Name extends keyof ClientEvents>(event: Name, payload: ClientEvents[Name]): boolean {
    return this.#connection.send(event, payload);
  }

  /** Tries to come back at once, for example after `unreachable`. */
  retry() {
    this.#connection.hurry();
  }

  /**
   * Like `send`, for what the user has just asked for. Its outcome is shown at once, as far as it is known before; where it
   * is refused or cannot go out, it is shown no more, and whoever listens hears the `error`.
   */
  act<Name extends keyof ClientEvents>(event: Name, payload: ClientEvents[Name]): boolean {
    if (!this.send(event, payload)) {
      this.#tell({ event: "error", payload: { code: OFFLINE, message: "", event } });
      return false;
    }
    const own = { clientId: this.#user.id, displayName: this.#user.displayName };
    const asked = { event, done: (view: RoomView) => foresee(view, event, payload, own) };
    if (asked.done(this.#snapshot.view) === this.#snapshot.view) return true;
    this.#ask([...this.#asked, asked]);
    // By then the server has told what came of it, or that it refuses.
    this.#connection.mark(() => this.#ask(this.#asked.filter((other) => other !== asked)));
    return true;
  }

  /**
   * Shown at once, sent now or when the connection is back; its id makes a second sending harmless. An answer may name
   * the question that it answers, by its `messageId`.
   */
  chat(text: string, messageType: "CHAT" | "QUESTION" | "ANSWER", questionId: string | null = null) {
    const chatId = messageType === "ANSWER" && questionId !== null ? answerId(questionId, newKey()) : newKey();
    const own = { clientId: this.#user.id, displayName: this.#user.displayName, sessionId: this.sessionId };
    this.#show(addPending(this.#told, { ...own, chatId, chatContent: text, messageType, timestamp: this.#now() }));
    this.send("add_chat", { chatId, chatContent: text, messageType });
  }

  resend(chatId: string) {
    const message = this.#snapshot.view.messages.find((entry) => entry.chatId === chatId && entry.messageId === null);
    if (message === undefined) return;
    this.#show(markPending(this.#told, chatId, "pending"));
    this.send("add_chat", { chatId, chatContent: message.chatContent, messageType: message.messageType });
  }

  async loadOlder() {
    const first = this.#snapshot.view.messages.find(({ messageId }) => messageId !== null);
    if (this.#loadingOlder || !this.#snapshot.view.hasOlder || first === undefined) return;
    this.#loadingOlder = true;
    try {
      const params = { path: { id: this.sessionId }, query: { before: first.messageId!, limit: OLDER } };
      const { items, hasMore } = await unwrap(this.#rest.GET("/api/sessions/{id}/messages", { params }));
      this.#show(addOlder(this.#told, items, hasMore));
    } finally {
      this.#loadingOlder = false;
    }
  }

  #turn(status: RoomStatus) {
    this.#change({ ...this.#snapshot, status });
    // What became of it is in the state that is told on coming back.
    if (status.state !== "open" && this.#asked.length > 0) this.#ask([]);
    if (status.state === "open" && this.#snapshot.role !== "waiting") this.#catchUp();
  }

  #catchUp() {
    this.send("get_recent_chats", {});
    for (const { state, chatId, chatContent, messageType } of this.#snapshot.view.messages) {
      if (state === "pending") this.send("add_chat", { chatId, chatContent, messageType });
    }
  }

  #hear(event: RoomEvent) {
    const { role: before, status } = this.#snapshot;
    const known = this.#told;
    // Commands are answered in their order.
    if (event.event === "error" && event.payload.event === this.#asked[0]?.event) this.#ask(this.#asked.slice(1));
    this.#show(applyRoomEvent(this.#told, event));
    // Whoever was waiting has not heard the chat yet.
    if (before === "waiting" && this.#snapshot.role !== "waiting" && this.#snapshot.role !== null) this.#catchUp();
    this.#tell(event);
    if (event.event === "room_state" && status.state !== "open") {
      if (this.#fell(known.handsRaised, event.payload.handsRaised)) this.#tell({ event: "lost", payload: { what: "hand" } });
      if (this.#fell(known.sharingScreen, event.payload.sharingScreen)) this.#tell({ event: "lost", payload: { what: "share" } });
    }
  }

  /** Whether one was in a list before the connection was lost, and is not on coming back. */
  #fell(before: Actor[], after: Actor[]): boolean {
    const own = ({ clientId }: Actor) => clientId === this.#user.id;
    return before.some(own) && !after.some(own);
  }

  #tell(event: Heard) {
    for (const hear of this.#hearers) hear(event);
  }

  #ask(asked: Asked[]) {
    this.#asked = asked;
    this.#look();
  }

  #show(told: RoomView) {
    if (told === this.#told) return;
    this.#told = told;
    this.#look();
  }

  #look() {
    const view = this.#asked.reduce((sofar, { done }) => done(sofar), this.#told);
    this.#change({ ...this.#snapshot, view, role: this.#roleIn(this.#told) });
  }

  #roleIn(view: RoomView): RoomRole | null {
    const own = ({ clientId }: { clientId: string }) => clientId === this.#user.id;
    return view.participants.find(own)?.role ?? view.waitingUsers.find(own)?.role ?? this.#snapshot.role;
  }

  #change(snapshot: RoomSnapshot) {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener();
  }
}

/** 32 digits at random; what a browser has for it is there on secure pages alone. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
