import type { TokenSource, User } from "@mockly/client";
import { ProblemError } from "@mockly/client";

/** Who uses the page; `undefined` until it is known. */
export type Identity = User | null | undefined;

export interface Tokens {
  accessToken: string;
  /** In seconds. */
  expiresIn: number;
}

interface SignedIn extends Tokens {
  user: User;
}

/** Where tokens come from that are not of our own accounts. */
export interface Foreign {
  /** New ones, `null` where none can be had any more; throws where that is not known. */
  renew(): Promise<Tokens | null>;
  /** Where the browser goes to end the session there, too. */
  signOutUrl(): string | null;
}

/** A token with less than this left counts as expired. */
const MARGIN_MS = 30_000;
/** Many who share an address may ask at once; each tries again when the server says. */
const TRIES = 3;
const WAIT_MAX_S = 10;
/** Says that there may be a cookie to refresh by, or a session at the issuer; a stranger's first visit asks for nothing. */
const HINT = "mockly.signed-in";
const OWN = "1";
const ISSUER = "issuer";

/**
 * The tokens of whoever uses the page: an own account's, or those of another source. The access token lives in memory alone; the refresh token is a cookie that no script reads.
 *
 * A refresh token works once, and its second use ends the session everywhere, so refreshing happens in one tab at a time
 * and goes on when the page is left meanwhile.
 */
class Auth implements TokenSource {
  #identity: Identity = undefined;
  #token: string | null = null;
  #expiresAt = 0;
  #refreshing: Promise<string | null> | null = null;
  #foreign: Foreign | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #tabs = new BroadcastChannel("mockly.auth");

  constructor() {
    this.#tabs.onmessage = ({ data }) => {
      if (data === "out") this.#set(null, null);
      if (data === "in" && this.#identity === null) void this.#refresh().catch(() => undefined);
    };
  }

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  identity = (): Identity => this.#identity;

  /**
   * Finds out who it is, once. Throws where the server cannot say: that is no reason to ask for a password.
   */
  async ready(): Promise<User | null> {
    for (let attempt = 1; this.#identity === undefined; attempt += 1) {
      try {
        await this.token();
      } catch (error) {
        if (attempt === TRIES) throw error;
        const seconds = error instanceof ProblemError ? (error.retryAfter ?? 1) : 1;
        await new Promise((done) => setTimeout(done, Math.min(seconds, WAIT_MAX_S) * 1000));
      }
    }
    return this.#identity;
  }

  async token(): Promise<string | null> {
    if (this.#token !== null && Date.now() < this.#expiresAt - MARGIN_MS) return this.#token;
    if (this.#identity === null) return null;
    return this.#refresh();
  }

  async renew(refused: string): Promise<string | null> {
    if (this.#token !== null && this.#token !== refused) return this.#token;
    return this.#refresh();
  }

  async signIn(email: string, password: string): Promise<void> {
    this.#take(await post("/api/auth/login", { email, password }));
    this.#tabs.postMessage("in");
  }

  async register(email: string, password: string, displayName: string): Promise<void> {
    this.#take(await post("/api/auth/register", { email, password, displayName }));
    this.#tabs.postMessage("in");
  }

  /** Whether there is a password to change here. */
  hasPassword(): boolean {
    return this.#foreign === null;
  }

  /** Ends all other sign-ins of the account; this browser's tabs go on, by the cookie that they share. */
  async changePassword(currentPassword: string, newPassword: string): Promise<void> {
    const change = (bearer: string | null) => alone(async () => this.#take(await send("PUT", "/api/auth/password", { currentPassword, newPassword }, bearer)));
    const bearer = await this.token();
    try {
      await change(bearer);
    } catch (error) {
      if (bearer === null || !(error instanceof ProblemError) || error.status !== 401) throw error;
      // As with every other request: a token that is good no more is renewed, once.
      await change(await this.renew(bearer));
    }
  }

  /** Signs in with tokens of another source; throws where the server does not take them. */
  async enter(tokens: Tokens, foreign: Foreign, remember: boolean): Promise<void> {
    this.#foreign = foreign;
    await this.#takeForeign(tokens);
    if (remember) localStorage.setItem(HINT, ISSUER);
  }

  /** Whether the issuer may still know who it is, so that asking it without a prompt makes sense. */
  mayAskIssuer(): boolean {
    return this.#identity === null && localStorage.getItem(HINT) === ISSUER;
  }

  /** The issuer does not know. */
  forgetIssuer() {
    localStorage.removeItem(HINT);
  }

  /** Answers where the browser should go on. */
  async signOut(): Promise<string> {
    const next = this.#foreign?.signOutUrl() ?? "/signin";
    if (this.#foreign === null) await fetch("/api/auth/logout", { method: "POST", keepalive: true }).catch(() => undefined);
    this.#foreign = null;
    this.#set(null, null);
    this.#tabs.postMessage("out");
    return next;
  }

  /** The own profile has changed. */
  update(user: User) {
    this.#identity = user;
    this.#tell();
  }

  #refresh(): Promise<string | null> {
    this.#refreshing ??= this.#refreshAlone().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #refreshAlone(): Promise<string | null> {
    if (this.#foreign !== null) {
      const tokens = await this.#foreign.renew();
      if (tokens === null) this.#set(null, null);
      else await this.#takeForeign(tokens);
      return this.#token;
    }
    if (localStorage.getItem(HINT) !== OWN) {
      this.#identity = null;
      this.#tell();
      return null;
    }
    const refresh = async () => {
      try {
        this.#take(await post("/api/auth/refresh", undefined));
      } catch (error) {
        // Only the server's word ends a session; being offline does not.
        if (!(error instanceof ProblemError) || error.status !== 401) throw error;
        this.#set(null, null);
      }
      return this.#token;
    };
    return alone(refresh);
  }

  #take({ accessToken, expiresIn, user }: SignedIn) {
    this.#foreign = null;
    this.#expiresAt = Date.now() + expiresIn * 1000;
    this.#set(user, accessToken);
    localStorage.setItem(HINT, OWN);
  }

  /** The server says whose token it is, which it takes at its first sight of a user. */
  async #takeForeign({ accessToken, expiresIn }: Tokens) {
    const user = this.#identity ?? (await ask<User>("/api/users/me", { headers: { Authorization: `Bearer ${accessToken}` } }));
    this.#expiresAt = Date.now() + expiresIn * 1000;
    this.#set(user, accessToken);
  }

  #set(user: User | null, token: string | null) {
    this.#identity = user;
    this.#token = token;
    if (user === null) localStorage.removeItem(HINT);
    this.#tell();
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}

/** Runs what gives the refresh token's successor in one tab at a time. */
function alone<Answer>(exchange: () => Promise<Answer>): Promise<Answer> {
  // Without a secure context there are no locks; two tabs at once are then a risk that stays.
  return "locks" in navigator ? (navigator.locks.request("mockly.refresh", exchange) as Promise<Answer>) : exchange();
}

function post(path: string, body: unknown): Promise<SignedIn> {
  return send("POST", path, body, null);
}

function send(method: string, path: string, body: unknown, bearer: string | null): Promise<SignedIn> {
  const headers = {
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    ...(bearer === null ? {} : { Authorization: `Bearer ${bearer}` }),
  };
  return ask(path, { method, keepalive: true, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

async function ask<Answer>(path: string, request: RequestInit): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(path, request);
  } catch {
    throw ProblemError.network();
  }
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw ProblemError.of(answer, response);
  return answer as Answer;
}

export const auth = new Auth();
