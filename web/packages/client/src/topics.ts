import { Client, type IFrame, type IMessage, ReconnectionTimeMode, type StompSubscription } from "@stomp/stompjs";

import type { TokenSource } from "./rest";

/**
 * How the connection stands: `lost` means that it was there and is being made again, `failed` that eight attempts in a row
 * have failed and the next is left to `retry`.
 */
export type Link = "connecting" | "up" | "lost" | "failed";

/** The body of a message, and what tells a repeat. */
export interface TopicMessage<Body> {
  id: string;
  body: Body;
}

interface Wanted {
  destination: string;
  hear: (message: TopicMessage<never>) => void;
  onGap: () => void;
  lastId: string | null;
  seen: Set<string>;
  subscription: StompSubscription | null;
}

/** Ids that are remembered per topic to tell repeats. */
const SEEN_MAX = 500;
/** So often in a row the connection is made again by itself. */
const TRIES = 8;

export interface TopicsOptions {
  /** Such as `wss://meet.example.org/ws`. */
  url: string;
  tokens: TokenSource;
  onLink?: (link: Link) => void;
}

/**
 * The topics of a server over STOMP. The connection exists while there is a subscription, comes back by itself with a
 * fresh token, and each subscription goes on after the last message that it heard.
 */
export class Topics {
  readonly #client: Client;
  readonly #tokens: TokenSource;
  readonly #onLink: (link: Link) => void;
  readonly #wanted = new Set<Wanted>();
  #token: string | null = null;
  #wasUp = false;
  /** Closes since it was up last. */
  #closes = 0;
  /** Whether a single attempt is under way of which nobody was told. */
  #quiet = false;
  #receipts = 0;

  constructor({ url, tokens, onLink = () => undefined }: TopicsOptions) {
    this.#tokens = tokens;
    this.#onLink = onLink;
    this.#client = new Client({
      brokerURL: url,
      reconnectDelay: 500,
      maxReconnectDelay: 8_000,
      reconnectTimeMode: ReconnectionTimeMode.EXPONENTIAL,
      heartbeatIncoming: 10_000,
      heartbeatOutgoing: 10_000,
      beforeConnect: async (client) => {
        // The library gives up for good where this throws, and the server may be away just now: it is tried without,
        // fails, and is tried again.
        this.#token = await this.#tokens.token().catch(() => null);
        client.connectHeaders = this.#token === null ? {} : { Authorization: `Bearer ${this.#token}` };
      },
      onConnect: () => {
        this.#wasUp = true;
        this.#quiet = false;
        this.#closes = 0;
        for (const wanted of this.#wanted) this.#subscribe(wanted);
        this.#onLink("up");
      },
      onStompError: (frame) => this.#refused(frame),
      onWebSocketClose: () => {
        for (const wanted of this.#wanted) wanted.subscription = null;
        if (!this.#client.active) return;
        this.#closes += 1;
        if (this.#closes <= TRIES) {
          this.#tellAway();
          return;
        }
        this.#quiet = false;
        void this.#client.deactivate();
        this.#onLink("failed");
      },
    });
  }

  /**
   * Hears a topic until the returned function is called. `onGap` is called where what was missed cannot be had any more
   * and at the first subscription, because what the caller read before it may be older; it should read anew.
   */
  subscribe<Body>(destination: string, hear: (message: TopicMessage<Body>) => void, onGap: () => void): () => void {
    const wanted: Wanted = {
      destination,
      hear: hear as Wanted["hear"],
      onGap,
      lastId: null,
      seen: new Set(),
      subscription: null,
    };
    this.#wanted.add(wanted);
    if (this.#client.connected) this.#subscribe(wanted);
    else this.retry();
    return () => {
      this.#wanted.delete(wanted);
      if (this.#client.connected) wanted.subscription?.unsubscribe();
    };
  }

  /**
   * After `failed`, begins anew; else it changes nothing. `once` tries a single time and quietly, and tells `failed` again
   * where that fails: for trying along with something else that is done now and then. Asked for in earnest while that single
   * attempt is under way, it becomes the first of as many as usual.
   */
  retry({ once = false } = {}) {
    if (this.#wanted.size === 0 || (this.#client.active && (once || !this.#quiet))) return;
    this.#quiet = once;
    this.#closes = once ? TRIES : 0;
    if (!once) this.#tellAway();
    if (!this.#client.active) this.#client.activate();
  }

  /** Closes the connection and forgets all subscriptions. */
  stop() {
    this.#wanted.clear();
    this.#wasUp = false;
    this.#quiet = false;
    void this.#client.deactivate();
  }

  #tellAway() {
    this.#onLink(this.#wasUp ? "lost" : "connecting");
  }

  #subscribe(wanted: Wanted) {
    const headers: Record<string, string> = {};
    if (wanted.lastId === null) {
      // What is read after the receipt and what is heard from then on leave no gap.
      const receipt = `subscribed-${(this.#receipts += 1)}`;
      this.#client.watchForReceipt(receipt, () => {
        if (this.#wanted.has(wanted)) wanted.onGap();
      });
      headers["receipt"] = receipt;
    } else {
      headers["last-event-id"] = wanted.lastId;
    }
    wanted.subscription = this.#client.subscribe(wanted.destination, (message) => this.#hear(wanted, message), headers);
  }

  #hear(wanted: Wanted, message: IMessage) {
    if (!this.#wanted.has(wanted)) return;
    if (message.headers["resume"] === "lost") wanted.onGap();
    const body = JSON.parse(message.body) as { eventId?: string; id?: string };
    const id = body.eventId ?? body.id ?? "";
    wanted.lastId = id;
    if (wanted.seen.has(id)) return;
    wanted.seen.add(id);
    if (wanted.seen.size > SEEN_MAX) wanted.seen.delete(wanted.seen.values().next().value as string);
    wanted.hear({ id, body: body as never });
  }

  /** The server closes after an ERROR; what it does not let us hear must not be asked for again and again. */
  #refused(frame: IFrame) {
    const code = frame.headers["code"] ?? frame.headers["message"];
    if (code === "access-denied") {
      for (const wanted of this.#wanted) {
        if (wanted.subscription !== null && frame.body.includes(wanted.destination)) this.#wanted.delete(wanted);
      }
    }
    if ((code === "token-expired" || code === "invalid-token") && this.#token !== null) {
      void this.#tokens.renew(this.#token);
    }
  }
}
