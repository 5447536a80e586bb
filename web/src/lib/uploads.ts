import { useCallback, useEffect, useRef, useState } from "react";
import { ProblemError } from "@mockly/client";

import { uploadArtifact } from "@/api/artifacts";
import { newKey } from "@/api/client";
import type { ArtifactType } from "@/api/types";

export interface Upload {
  key: string;
  file: File;
  type: ArtifactType;
  state: "waiting" | "sending" | "failed";
  /** Bytes that are on their way. */
  sent: number;
  error: unknown;
}

/** Uploads of one session, one after the other; they are stopped when the page is left, which is asked about first. */
export function useUploads(sessionId: string, onDone: (name: string) => void) {
  const [uploads, setUploads] = useState<Upload[]>([]);
  const stops = useRef(new Map<string, AbortController>());
  const queue = useRef(Promise.resolve());
  const done = useRef(onDone);
  done.current = onDone;

  const start = useCallback(
    ({ key, file, type }: Pick<Upload, "key" | "file" | "type">) => {
      const control = new AbortController();
      stops.current.set(key, control);
      const change = (what: Partial<Upload>) => setUploads((now) => now.map((upload) => (upload.key === key ? { ...upload, ...what } : upload)));
      const send = async () => {
        if (control.signal.aborted) return;
        change({ state: "sending", sent: 0 });
        try {
          await uploadArtifact(sessionId, { file, type, key, signal: control.signal, onProgress: (sent) => change({ sent }) });
          setUploads((now) => now.filter((upload) => upload.key !== key));
          done.current(file.name);
        } catch (error) {
          if (!control.signal.aborted) change({ state: "failed", error });
        } finally {
          stops.current.delete(key);
        }
      };
      queue.current = queue.current.then(send);
    },
    [sessionId],
  );

  const add = (files: { file: File; type: ArtifactType }[]) => {
    const fresh = files.map((file) => ({ ...file, key: newKey(), state: "waiting" as const, sent: 0, error: null }));
    setUploads((now) => [...now, ...fresh]);
    fresh.forEach(start);
  };

  const stop = (key: string) => {
    stops.current.get(key)?.abort();
    setUploads((now) => now.filter((upload) => upload.key !== key));
  };

  const again = (key: string) => {
    const failed = uploads.find((upload) => upload.key === key);
    if (failed === undefined) return;
    // A refusal is kept under its key; only where no answer came may the file have arrived all the same.
    const refused = failed.error instanceof ProblemError && failed.error.status !== 0;
    const next = { ...failed, key: refused ? newKey() : key, state: "waiting" as const, sent: 0, error: null };
    setUploads((now) => now.map((upload) => (upload.key === key ? next : upload)));
    start(next);
  };

  useEffect(() => {
    const running = stops.current;
    return () => running.forEach((control) => control.abort());
  }, [sessionId]);

  const busy = uploads.some(({ state }) => state !== "failed");
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [busy]);

  return { uploads, add, stop, again };
}
