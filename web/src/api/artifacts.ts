import { ProblemError, type Session, unwrap } from "@mockly/client";
import { queryOptions, skipToken } from "@tanstack/react-query";

import { auth } from "./auth";
import { newKey, queryClient, rest } from "./client";
import { analysesAsked } from "./notifications";
import type { Artifact, ArtifactType } from "./types";

/** How often an analysis that is not done is looked at: who asked for it is told, everyone else asks. */
const LOOK_EVERY_MS = 3_000;

export const analysisQuery = (id: string) =>
  queryOptions({
    queryKey: ["analysis", id],
    queryFn: ({ signal }) => unwrap(rest.GET("/api/analyses/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data?.status === "QUEUED" || state.data?.status === "RUNNING" ? LOOK_EVERY_MS : false),
  });

/** What has been found, or is being looked for, in a session's recordings: by recording, the newest that has not failed. */
export const analysesQuery = (sessionId: string) =>
  queryOptions({
    queryKey: ["analyses", sessionId],
    queryFn: async ({ signal }) => {
      const params = { path: { id: sessionId }, query: { size: 100 } };
      const { items } = await unwrap(rest.GET("/api/sessions/{id}/analyses", { params, signal }));
      // They come newest first, and the last of a recording is the one that stays.
      return new Map(items.filter(({ status }) => status !== "FAILED").reverse().map(({ artifactId, id }) => [artifactId, id]));
    },
  });

/** Where the bytes of a file are, for what can send no token along: a player, a download. */
export async function contentLink({ id, sessionId }: Artifact, signal?: AbortSignal): Promise<string> {
  const params = { path: { id: sessionId, artifactId: id } };
  const call = rest.POST("/api/sessions/{id}/artifacts/{artifactId}/content-link", { params, ...(signal === undefined ? {} : { signal }) });
  const { url } = await unwrap(call);
  // The page may be at another of the server's addresses than the public one.
  return `/api/sessions/${sessionId}/artifacts/${id}/content${new URL(url).search}`;
}

/** The link of a file for one player, as long as that is there. */
export const contentLinkQuery = (player: string, artifact: Artifact | undefined) =>
  queryOptions({
    queryKey: ["content", player, artifact?.id],
    queryFn: artifact === undefined ? skipToken : ({ signal }) => contentLink(artifact, signal),
    staleTime: Infinity,
    gcTime: 0,
  });

export async function deleteArtifact({ id, sessionId }: Artifact) {
  await unwrap(rest.DELETE("/api/sessions/{id}/artifacts/{artifactId}", { params: { path: { id: sessionId, artifactId: id } } }));
  changeFiles(sessionId, (files) => files.filter((file) => file.id !== id));
}

/** Has a recording analysed, and shows the analysis. */
export async function requestAnalysis(artifact: Artifact, show: (id: string) => Promise<void>): Promise<void> {
  const { id, sessionId } = artifact;
  const params = { path: { id: sessionId }, header: { "Idempotency-Key": newKey() } };
  analysesAsked.add(artifact);
  try {
    const analysis = await unwrap(rest.POST("/api/sessions/{id}/analyses", { params, body: { artifactId: id } }));
    queryClient.setQueryData(["analysis", analysis.id], analysis);
    void queryClient.invalidateQueries({ queryKey: ["analyses", sessionId] });
    await show(analysis.id);
  } finally {
    analysesAsked.delete(artifact);
  }
}

interface Upload {
  file: File;
  type: ArtifactType;
  /** The same for every try, so that what arrived though the answer was lost is not there twice. */
  key: string;
  signal: AbortSignal;
  /** Hears how many bytes are on their way. */
  onProgress: (sent: number) => void;
}

/** Sends a file. Throws an `AbortError` where it was stopped. */
export async function uploadArtifact(sessionId: string, upload: Upload): Promise<void> {
  const token = await auth.token();
  let answer = await send(sessionId, upload, token);
  if (answer.status === 401 && token !== null) answer = await send(sessionId, upload, await auth.renew(token));
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw ProblemError.of(body, answer);
  changeFiles(sessionId, (files) => [...files.filter(({ id }) => id !== (body as Artifact).id), body as Artifact]);
}

/** By the older interface, since `fetch` does not tell how far an upload is. */
function send(sessionId: string, { file, type, key, signal, onProgress }: Upload, token: string | null): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const stopped = () => reject(new DOMException("stopped", "AbortError"));
    if (signal.aborted) return stopped();
    signal.addEventListener("abort", stop);
    request.upload.onprogress = ({ loaded }) => onProgress(Math.min(loaded, file.size));
    request.onabort = stopped;
    request.onerror = () => reject(ProblemError.network());
    request.onload = () => {
      const headers = new Headers();
      const after = request.getResponseHeader("Retry-After");
      if (after !== null) headers.set("Retry-After", after);
      resolve(new Response(request.responseText, { status: request.status, headers }));
    };
    request.onloadend = () => signal.removeEventListener("abort", stop);
    request.open("POST", `/api/sessions/${sessionId}/artifacts`);
    if (token !== null) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Idempotency-Key", key);
    const form = new FormData();
    form.set("type", type);
    form.set("file", file);
    request.send(form);
  });
}

function changeFiles(sessionId: string, change: (files: Artifact[]) => Artifact[]) {
  queryClient.setQueryData<Session>(["session", sessionId], (known) => (known === undefined ? known : { ...known, artifacts: change(known.artifacts) }));
}

/** What a file most likely is, by its media type and name. */
export function guessType({ type, name }: Pick<File, "type" | "name">): ArtifactType {
  if (type.startsWith("audio/")) return "AUDIO_MIXED";
  if (type.startsWith("video/")) return "VIDEO";
  if (/\.(vtt|srt)$/i.test(name)) return "TRANSCRIPT";
  return "DOCUMENT";
}
