/** Whether the page stands in an iframe of another and is to look like a part of it; so from its loading to its end. */
export const embedded = window.parent !== window && new URLSearchParams(location.search).get("embed") === "1";

/** What the page around is told. `docs/embedding.md` says so too. */
export type EmbedEvent =
  | { type: "mockly:token-wanted" }
  | { type: "mockly:joined" | "mockly:left" | "mockly:ended"; sessionId: string }
  | { type: "mockly:error"; sessionId: string; code: string };

let parents: readonly string[] = [];
let waiting: EmbedEvent[] | null = [];

/** Whose pages may stand around; nothing is told before this, and then what came before. */
export function allowParents(origins: readonly string[]) {
  parents = origins;
  const early = waiting ?? [];
  waiting = null;
  early.forEach(tellParent);
}

/** Tells the page around, if it is one that may know. */
export function tellParent(event: EmbedEvent) {
  if (!embedded) return;
  if (waiting !== null) waiting.push(event);
  // The browser delivers it only where the page around is of that origin.
  else for (const origin of parents.filter(mayBeParent)) window.parent.postMessage(event, origin);
}

/** A token that the page around has for its user, or `null` where it gives none in time. */
export function tokenOfParent(withinMs: number): Promise<string | null> {
  return new Promise((done) => {
    const finish = (token: string | null) => {
      clearTimeout(timer);
      window.removeEventListener("message", hear);
      done(token);
    };
    const hear = ({ source, origin, data }: MessageEvent<unknown>) => {
      if (source !== window.parent || !parents.includes(origin)) return;
      if (typeof data !== "object" || data === null || !("type" in data) || data.type !== "mockly:token") return;
      finish("token" in data && typeof data.token === "string" ? data.token : null);
    };
    const timer = setTimeout(() => finish(null), withinMs);
    window.addEventListener("message", hear);
    tellParent({ type: "mockly:token-wanted" });
  });
}

/** Some browsers say who is around, and then only that one is tried. */
function mayBeParent(origin: string): boolean {
  const around = (location as Location & { ancestorOrigins?: DOMStringList }).ancestorOrigins?.[0];
  return around === undefined || around === origin;
}
