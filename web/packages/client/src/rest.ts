import createClient, { type Client } from "openapi-fetch";

import { ProblemError } from "./problem";
import type { paths } from "./schema";

/** Where access tokens come from. */
export interface TokenSource {
  /** A token that is good for a while yet, or `null` for one who is not signed in. */
  token(): Promise<string | null>;
  /** The server refused this token: a new one, or `null` where none can be had. */
  renew(refused: string): Promise<string | null>;
}

export type Rest = Client<paths>;

export interface RestOptions {
  /** Such as `https://meet.example.org`; empty for the page's own. */
  baseUrl?: string;
  tokens: TokenSource;
  /** Hears by how many milliseconds the server's clock is ahead of ours. */
  onClock?: (aheadMs: number) => void;
  fetch?: (request: Request) => Promise<Response>;
}

/** A client whose requests carry the token, and are sent once more with a new one after a 401. */
export function createRest({ baseUrl = "", tokens, onClock, fetch: send = (request) => fetch(request) }: RestOptions): Rest {
  const signed = async (request: Request): Promise<Response> => {
    const token = await tokens.token();
    const again = request.clone();
    if (token !== null) request.headers.set("Authorization", `Bearer ${token}`);
    const response = await send(request);
    tellClock(response, onClock);
    if (response.status !== 401 || token === null) return response;
    const renewed = await tokens.renew(token);
    if (renewed === null) return response;
    again.headers.set("Authorization", `Bearer ${renewed}`);
    return send(again);
  };
  return createClient<paths>({ baseUrl, fetch: signed });
}

/** The data of an answer; a refusal is thrown as a `ProblemError`. */
export async function unwrap<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let answer;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof ProblemError || (error instanceof DOMException && error.name === "AbortError")) throw error;
    throw ProblemError.network();
  }
  if (!answer.response.ok) throw ProblemError.of(answer.error, answer.response);
  return answer.data as T;
}

/** The header has whole seconds, so half of one is taken as the middle. */
function tellClock(response: Response, onClock: RestOptions["onClock"]) {
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (onClock !== undefined && !Number.isNaN(date)) onClock(date + 500 - Date.now());
}
