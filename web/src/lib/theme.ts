import { useEffect, useSyncExternalStore } from "react";

export type Theme = "light" | "dark" | "system";

const KEY = "mockly.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function read(): Theme {
  const stored = localStorage.getItem(KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** How many parts of the page want it dark whatever was chosen. */
let darkened = 0;

let dark = false;

/**
 * The one place that asks `system.matches`. Chromium reports no change whose outcome somebody has read before it was
 * reported, so a reader that does not act on it would leave the page in the old theme.
 */
function apply() {
  const theme = read();
  dark = darkened > 0 || theme === "dark" || (theme === "system" && system.matches);
  document.documentElement.classList.toggle("dark", dark);
  for (const listener of listeners) listener();
}

system.addEventListener("change", apply);
// The system may have changed since public/theme.js has asked it.
apply();

export function setTheme(theme: Theme) {
  localStorage.setItem(KEY, theme);
  apply();
}

/** Pictures are looked at best on dark: while this is shown the page is dark in either theme. */
export function useDarkPage() {
  useEffect(() => {
    darkened += 1;
    apply();
    return () => {
      darkened -= 1;
      apply();
    };
  }, []);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): { theme: Theme; dark: boolean } {
  return { theme: useSyncExternalStore(subscribe, read), dark: useSyncExternalStore(subscribe, () => dark) };
}
