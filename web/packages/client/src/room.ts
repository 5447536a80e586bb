import type { ClientEvents, RoomEvent } from "./room-events";

/** Why a door closes. */
export const CLOSE = {
  left: 1000,
  goingAway: 1001,
  badToken: 4401,
  refused: 4403,
  notFound: 4404,
  full: 4409,
  ended: 4410,
  notOpenYet: 4425,
  flooding: 4429,
} as const;

/** After these, coming back by itself makes no sense. */
const FINAL = new Set<number>([CLOSE.left, CLOSE.refused, CLOSE.notFound, CLOSE.full, CLOSE.ended, CLOSE.notOpenYet]);

const PING_EVERY_MS = 15_000;
const PONG_WITHIN_MS = 10_000;
const BACKOFF_MIN_MS = 300;
const BACKOFF_MAX_MS = 8_000;
const FLOODED_MS = 10_000;
/** So often in a row it comes back by itself. */
const TRIES = 8;

export type RoomStatus =
  | { state: "connecting" }
  | { state: "open" }
  | { state: "reconnecting" }
  /** Eight attempts in a row have failed; `hurry` begins anew. */
  | { state: "unreachable" }
  /** For good; `code` is the close code, `error` that of the frame before it. */
  | { state: "closed"; code: number; error: string | null };

export interface RoomOptions {
  /** Such as `wss://meet.example.org`. */
  origin: string;
  roomId: string;
  /** A ticket for one socket, from `POST /api/ws/ticket`. */
  ticket: () => Promise<string>;
  onEvent: (event: RoomEvent) => void;
  onStatus: (status: RoomStatus) => void;
  random?: () => number;
  WebSocket?: typeof WebSocket;
}

/**
 * One's place at a room's door `zoom`, which comes back by itself until it is closed for good or the server is away for
 * too long.
 *
 * `open` means that the door has answered with `room_state`; what was sent before that is dropped, because state that
 * matters is read anew and chat is sent again by its `chatId`.
 */
export class RoomConnection {
  readonly #options: Required<RoomOptions>;
  #socket: WebSocket | null = null;
  #open = false;
  #stopped = false;
  #attempt = 0;
  #everOpen = false;
  #error: string | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setTimeout> | undefined;
  /** One for each ping that is on its way, the oldest first. */
  #marks: (() => void)[] = [];

  constructor(options: RoomOptions) {
    this.#options = { random: Math.random, WebSocket: globalThis.WebSocket, ...options };
  }

  start() {
    this.#options.onStatus({ state: "connecting" });
    void this.#connect();
  }

  /** Ends it; nothing is told after this. */
  stop() {
    this.#stopped = true;
    this.#open = false;
    clearTimeout(this.#retry);
    clearTimeout(this.#ping);
    this.#socket?.close(CLOSE.left);
    this.#socket = null;
  }

  /** Tries at once, for example because the machine is online again, and as often as after a break. */
  hurry() {
    if (this.#stopped || this.#socket !== null) return;
    clearTimeout(this.#retry);
    this.#attempt = 0;
    this.#tellAway();
    void this.#connect();
  }

  /** Whether it went out. */
  send<Name extends keyof ClientEvents>(event: Name, payload: ClientEvents[Name]): boolean {
    if (!this.#open || this.#socket === null) return false;
    this.#socket.send(JSON.stringify({ event, payload }));
    return true;
  }

  /**
   * Calls back once the answers to everything that was sent before have been heard; not at all where the connection
   * breaks first.
   */
  mark(then: () => void) {
    if (this.send("ping", {})) this.#marks.push(then);
  }

  async #connect() {
    let ticket: string;
    try {
      ticket = await this.#options.ticket();
    } catch {
      this.#again(null);
      return;
    }
    if (this.#stopped || this.#socket !== null) return;
    const { origin, roomId, WebSocket: Socket } = this.#options;
    const url = `${origin}/ws/zoom/${encodeURIComponent(roomId)}?ticket=${encodeURIComponent(ticket)}`;
    const socket = new Socket(url);
    this.#socket = socket;
    this.#error = null;
    socket.onmessage = (message) => {
      if (this.#socket === socket) this.#hear(String(message.data));
    };
    socket.onclose = (event) => {
      if (this.#socket === socket) this.#lost(event.code, event.reason);
    };
  }

  #hear(text: string) {
    const event = JSON.parse(text) as RoomEvent;
    if (event.event === "error") this.#error = event.payload.code;
    if (event.event === "room_state" && !this.#open) {
      this.#open = true;
      this.#everOpen = true;
      this.#attempt = 0;
      this.#options.onEvent(event);
      this.#options.onStatus({ state: "open" });
      this.#keepAlive();
      return;
    }
    if (event.event === "pong") {
      this.#keepAlive();
      this.#marks.shift()?.();
    }
    this.#options.onEvent(event);
  }

  /** A socket that answers no ping is as good as closed, and a browser may take minutes to notice. */
  #keepAlive() {
    clearTimeout(this.#ping);
    this.#ping = setTimeout(() => {
      this.mark(() => undefined);
      this.#ping = setTimeout(() => {
        const silent = this.#socket;
        silent?.close();
        if (silent !== null) this.#lost(1006, "");
      }, PONG_WITHIN_MS);
    }, PING_EVERY_MS);
  }

  #lost(code: number, reason: string) {
    clearTimeout(this.#ping);
    this.#socket = null;
    this.#open = false;
    this.#marks = [];
    if (this.#stopped) return;
    if (FINAL.has(code)) {
      this.#stopped = true;
      this.#options.onStatus({ state: "closed", code, error: this.#error });
      return;
    }
    const asked = /retry-after-ms=(\d+)/.exec(reason)?.[1];
    this.#again(code === CLOSE.flooding ? FLOODED_MS : asked === undefined ? null : Number(asked));
  }

  #again(delay: number | null) {
    if (this.#stopped) return;
    if (this.#attempt === TRIES) {
      this.#options.onStatus({ state: "unreachable" });
      return;
    }
    this.#tellAway();
    const backoff = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** this.#attempt);
    this.#attempt += 1;
    // Half of it at random, so that not everybody comes back in the same moment.
    const wait = delay ?? backoff * (0.5 + this.#options.random() / 2);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#connect(), wait);
  }

  #tellAway() {
    this.#options.onStatus({ state: this.#everOpen ? "reconnecting" : "connecting" });
  }
}
