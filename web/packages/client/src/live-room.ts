import { answerId } from "./answers";
import type { Rest } from "./rest";
import { unwrap } from "./rest";
import { RoomConnection, type RoomOptions, type RoomStatus } from "./room";
import type { ClientEvents, RoomEvent, RoomRole } from "./room-events";
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

const OLDER = 50;
/** The code of what could not go out, beside the server's own codes. */
export const OFFLINE = "offline";

/**
 * One's place in a room for as long as one is in it: the connection, what it tells, and one's own chat on the way.
 *
 * It comes back by itself. What is shown after that is what the server has: its state is told anew, the newest chat is
 * read again, and what was written meanwhile is sent; nothing is lost or doubled by it.
 */
export class LiveRoom {
  readonly sessionId: string;
  readonly #user: LiveRoomOptions["user"];
  readonly #rest: Rest;
  readonly #now: () => number;
  readonly #connection: RoomConnection;
  readonly #listeners = new Set<() => void>();
  readonly #hearers = new Set<(event: RoomEvent) => void>();
  readonly #hurry = () => this.#connection.hurry();
  #snapshot: RoomSnapshot = { status: { state: "connecting" }, view: emptyRoom(), role: null };
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

  /** Hears events as they come, for what is no state: toasts and announcements. */
  listen(hear: (event: RoomEvent) => void): () => void {
    this.#hearers.add(hear);
    return () => this.#hearers.delete(hear);
  }

  send<Name extends keyof ClientEvents>(event: Name, payload: ClientEvents[Name]): boolean {
    return this.#connection.send(event, payload);
  }

  /** Like `send`, for what the user has just asked for: where it cannot go out, whoever listens hears that it was refused. */
  act<Name extends keyof ClientEvents>(event: Name, payload: ClientEvents[Name]): boolean {
    if (this.send(event, payload)) return true;
    for (const hear of this.#hearers) hear({ event: "error", payload: { code: OFFLINE, message: "", event } });
    return false;
  }

  /**
   * Shown at once, sent now or when the connection is back; its id makes a second sending harmless. An answer may name
   * the question that it answers, by its `messageId`.
   */
  chat(text: string, messageType: "CHAT" | "QUESTION" | "ANSWER", questionId: string | null = null) {
    const chatId = messageType === "ANSWER" && questionId !== null ? answerId(questionId, newKey()) : newKey();
    const own = { clientId: this.#user.id, displayName: this.#user.displayName, sessionId: this.sessionId };
    this.#show(addPending(this.#snapshot.view, { ...own, chatId, chatContent: text, messageType, timestamp: this.#now() }));
    this.send("add_chat", { chatId, chatContent: text, messageType });
  }

  resend(chatId: string) {
    const message = this.#snapshot.view.messages.find((entry) => entry.chatId === chatId && entry.messageId === null);
    if (message === undefined) return;
    this.#show(markPending(this.#snapshot.view, chatId, "pending"));
    this.send("add_chat", { chatId, chatContent: message.chatContent, messageType: message.messageType });
  }

  async loadOlder() {
    const first = this.#snapshot.view.messages.find(({ messageId }) => messageId !== null);
    if (this.#loadingOlder || !this.#snapshot.view.hasOlder || first === undefined) return;
    this.#loadingOlder = true;
    try {
      const params = { path: { id: this.sessionId }, query: { before: first.messageId!, limit: OLDER } };
      const { items, hasMore } = await unwrap(this.#rest.GET("/api/sessions/{id}/messages", { params }));
      this.#show(addOlder(this.#snapshot.view, items, hasMore));
    } finally {
      this.#loadingOlder = false;
    }
  }

  #turn(status: RoomStatus) {
    this.#change({ ...this.#snapshot, status });
    if (status.state === "open" && this.#snapshot.role !== "waiting") this.#catchUp();
  }

  #catchUp() {
    this.send("get_recent_chats", {});
    for (const { state, chatId, chatContent, messageType } of this.#snapshot.view.messages) {
      if (state === "pending") this.send("add_chat", { chatId, chatContent, messageType });
    }
  }

  #hear(event: RoomEvent) {
    const before = this.#snapshot.role;
    this.#show(applyRoomEvent(this.#snapshot.view, event));
    // Whoever was waiting has not heard the chat yet.
    if (before === "waiting" && this.#snapshot.role !== "waiting" && this.#snapshot.role !== null) this.#catchUp();
    for (const hear of this.#hearers) hear(event);
  }

  #show(view: RoomView) {
    if (view !== this.#snapshot.view) this.#change({ ...this.#snapshot, view, role: this.#roleIn(view) });
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
