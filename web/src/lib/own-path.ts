/** Only an address of our own, as the browser would read it, so that a link cannot lead strangers' pages in. */
export function ownPath(next: unknown, base = location.origin): string {
  const url = typeof next === "string" && next.startsWith("/") && URL.canParse(next, base) ? new URL(next, base) : null;
  // A path of two slashes is read as another host by whoever gets it next.
  return url?.origin !== base || url.pathname.startsWith("//") ? "/sessions" : url.pathname + url.search + url.hash;
}
