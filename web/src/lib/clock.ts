import { useEffect, useState } from "react";

let aheadMs = 0;

/** By how much the server's clock is ahead; below two seconds it is the header's own roughness. */
export function setServerAhead(ms: number) {
  aheadMs = Math.abs(ms) < 2_000 ? 0 : ms;
}

/** Milliseconds since the epoch, by the server's clock. */
export function serverNow(): number {
  return Date.now() + aheadMs;
}

/** The server's time, anew every `everyMs`. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
