import { useSyncExternalStore } from "react";

/** What one chose before joining and since; kept for the next time. */
export interface Choices {
  microphone: boolean;
  camera: boolean;
  microphoneId: string | null;
  cameraId: string | null;
  speakerId: string | null;
  audioOnly: boolean;
  sidebar: boolean;
  speakerView: boolean;
  shortcuts: boolean;
  announceChat: boolean;
}

const KEY = "mockly.live";
const DEFAULTS: Choices = {
  microphone: true,
  camera: true,
  microphoneId: null,
  cameraId: null,
  speakerId: null,
  audioOnly: false,
  sidebar: true,
  speakerView: false,
  shortcuts: true,
  announceChat: true,
};

function read(): Choices {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { ...DEFAULTS, ...(typeof stored === "object" ? stored : {}) };
  } catch {
    return DEFAULTS;
  }
}

let choices = read();
const listeners = new Set<() => void>();

export const getChoices = (): Choices => choices;

export function choose(change: Partial<Choices>) {
  choices = { ...choices, ...change };
  localStorage.setItem(KEY, JSON.stringify(choices));
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useChoices(): Choices {
  return useSyncExternalStore(subscribe, getChoices);
}
