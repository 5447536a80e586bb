import { type ChangeEvent, type ReactNode, type SyntheticEvent, useEffect, useId, useRef, useState } from "react";
import type { Session, User } from "@mockly/client";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { AudioLines, ChartNoAxesColumn, Download, File as FileIcon, FileText, Film, Play, RotateCcw, Trash2, Upload as UploadIcon, X } from "lucide-react";
import { useTranslation } from "react-i18next";

import { analysesQuery, contentLink, contentLinkQuery, deleteArtifact, guessType, requestAnalysis } from "@/api/artifacts";
import type { Artifact, ArtifactType } from "@/api/types";
import { addTexts } from "@/i18n";
import { files } from "@/i18n/files";
import { bytes, clockTime, localeOf } from "@/lib/format";
import { rights } from "@/lib/sessions";
import { toast } from "@/lib/toast";
import { type Upload, useUploads } from "@/lib/uploads";

import { Confirm } from "./confirm";
import { fileProblem } from "./file-problem";
import { saveFrom } from "./session-actions";
import { Moment } from "./session-bits";
import { Button } from "./ui/button";
import { Card } from "./ui/card";
import { Field, Select } from "./ui/field";

addTexts("files", files);

const TYPES = ["AUDIO_MIXED", "AUDIO_LEFT", "AUDIO_RIGHT", "VIDEO", "TRANSCRIPT", "DOCUMENT", "WHITEBOARD", "RAW_WEBRTC"] as const;
const RECORDINGS = new Set<ArtifactType>(["AUDIO_MIXED", "AUDIO_LEFT", "AUDIO_RIGHT", "VIDEO", "RAW_WEBRTC"]);

/** The files of a session: what is being uploaded, what is there, and what can be done with it. */
export function Artifacts({ session, user }: { session: Session; user: User }) {
  const { t } = useTranslation("files");
  const can = rights(session, user);
  const { uploads, add, stop, again } = useUploads(session.id, (name) => toast.success(t("uploaded", { name })));
  const recorded = session.artifacts.some(({ type }) => RECORDINGS.has(type));
  const analyses = useQuery({ ...analysesQuery(session.id), enabled: can.readRecords && recorded });
  if (!can.readRecords) return null;
  const none = session.artifacts.length === 0 && uploads.length === 0;
  if (none && !can.addFiles) return null;
  return (
    <Card className="grid grid-cols-1 gap-5 p-5 sm:p-6">
      <h2 className="font-semibold">{t("title")}</h2>
      {can.addFiles && <Choose onChoose={add} />}
      {none ? (
        <p className="text-sm text-muted-foreground">{t("empty")}</p>
      ) : (
        <ul className="divide-y divide-border">
          {session.artifacts.map((artifact) => (
            <Row
              key={artifact.id}
              artifact={artifact}
              captions={session.artifacts.find(({ type, fileName }) => type === "TRANSCRIPT" && fileName.toLowerCase().endsWith(".vtt"))}
              analysis={analyses.data?.get(artifact.id)}
              mayAnalyse={can.addFiles && RECORDINGS.has(artifact.type)}
              mayDelete={can.deleteFiles || artifact.uploadedBy === user.id}
            />
          ))}
          {uploads.map((upload) => (
            <Uploading key={upload.key} upload={upload} onStop={() => stop(upload.key)} onAgain={() => again(upload.key)} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Choose({ onChoose }: { onChoose: (files: { file: File; type: ArtifactType }[]) => void }) {
  const { t } = useTranslation("files");
  const [kind, setKind] = useState<ArtifactType | "">("");
  const input = useRef<HTMLInputElement>(null);
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    onChoose([...(event.target.files ?? [])].map((file) => ({ file, type: kind === "" ? guessType(file) : kind })));
    // The same file can be chosen once more.
    event.target.value = "";
  };
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-end gap-3">
        <Field label={t("kind")} className="flex-1 basis-48">
          {(wiring) => (
            <Select {...wiring} value={kind} onChange={(event) => setKind(event.target.value as ArtifactType | "")}>
              <option value="">{t("byFile")}</option>
              {TYPES.map((type) => (
                <option key={type} value={type}>
                  {t(`type.${type}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Button variant="outline" onClick={() => input.current?.click()}>
          <UploadIcon aria-hidden />
          {t("upload")}
        </Button>
        <input ref={input} type="file" multiple hidden onChange={choose} />
      </div>
      <p className="text-sm text-muted-foreground">{t("uploadHint")}</p>
    </div>
  );
}

function Uploading({ upload, onStop, onAgain }: { upload: Upload; onStop: () => void; onAgain: () => void }) {
  const { t, i18n } = useTranslation("files");
  const { file, sent, state, error } = upload;
  const share = file.size === 0 ? 1 : sent / file.size;
  const percent = new Intl.NumberFormat(localeOf(i18n.language), { style: "percent" }).format(share);
  const size = bytes(file.size, i18n.language);
  return (
    <li className="flex items-center gap-3 py-3">
      <div className="grid min-w-0 flex-1 gap-1.5">
        <p className="truncate text-sm font-medium">{file.name}</p>
        {state === "failed" ? (
          <p role="alert" className="text-sm text-destructive">
            {fileProblem(error)}
          </p>
        ) : (
          <>
            <div role="progressbar" aria-label={t("progress", { name: file.name })} aria-valuenow={Math.round(share * 100)} className="h-2 overflow-hidden rounded-full bg-muted">
              <div className="h-full rounded-full bg-primary transition-[width]" style={{ width: `${share * 100}%` }} />
            </div>
            <p className="text-xs text-muted-foreground tabular-nums">{state === "waiting" ? t("waiting", { size }) : t("sending", { percent, size })}</p>
          </>
        )}
      </div>
      {state === "failed" && (
        <Button variant="outline" size="sm" aria-label={t("againName", { name: file.name })} onClick={onAgain}>
          <RotateCcw aria-hidden />
          {t("again")}
        </Button>
      )}
      <Button variant="ghost" size="icon-sm" aria-label={t(state === "failed" ? "dismiss" : "stop", { name: file.name })} onClick={onStop}>
        <X aria-hidden />
      </Button>
    </li>
  );
}

interface RowProps {
  artifact: Artifact;
  captions: Artifact | undefined;
  /** The id of what was found in it. */
  analysis: string | undefined;
  mayAnalyse: boolean;
  mayDelete: boolean;
}

function Row({ artifact, captions, analysis, mayAnalyse, mayDelete }: RowProps) {
  const { t, i18n } = useTranslation("files");
  const navigate = useNavigate();
  const [playing, setPlaying] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const [busy, setBusy] = useState(false);
  const { fileName: name, contentType, durationSec } = artifact;
  const playable = /^(audio|video)\//.test(contentType);
  const facts = [t(`type.${artifact.type}`), bytes(artifact.sizeBytes, i18n.language), ...(typeof durationSec === "number" ? [clockTime(durationSec * 1000)] : [])];
  /** One thing at a time; what fails is told. */
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      toast.error(fileProblem(error));
    } finally {
      setBusy(false);
    }
  };
  const analyse = () =>
    requestAnalysis(artifact, (analysis) =>
      navigate({ to: "/sessions/$id", params: { id: artifact.sessionId }, search: { analysis }, resetScroll: false }),
    );
  return (
    <li className="grid gap-3 py-3 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span aria-hidden className="flex size-10 shrink-0 items-center justify-center rounded-lg bg-accent text-accent-foreground [&_svg]:size-5">
          {icon(artifact)}
        </span>
        <div className="min-w-0 flex-1 basis-40">
          <p className="text-sm font-medium">{name}</p>
          <p className="text-xs text-muted-foreground">
            {facts.join(" · ")} · <Moment iso={artifact.createdAt} />
          </p>
        </div>
        <div className="ml-auto flex items-center gap-1">
          {playable && (
            <Button variant="outline" size="sm" aria-expanded={playing} aria-label={t(playing ? "hideName" : "playName", { name })} onClick={() => setPlaying(!playing)}>
              {playing ? <X aria-hidden /> : <Play aria-hidden />}
              {t(playing ? "hide" : "play")}
            </Button>
          )}
          {analysis !== undefined ? (
            <Button variant="outline" size="sm" asChild>
              <Link to="/sessions/$id" params={{ id: artifact.sessionId }} search={{ analysis }} resetScroll={false} aria-label={t("analysis.of", { name })}>
                <ChartNoAxesColumn aria-hidden />
                {t("analysis.title")}
              </Link>
            </Button>
          ) : mayAnalyse && (
            <Button variant="outline" size="sm" disabled={busy} aria-label={t("analyseName", { name })} onClick={() => void run(analyse)}>
              <ChartNoAxesColumn aria-hidden />
              {t("analyse")}
            </Button>
          )}
          <Button variant="ghost" size="icon-sm" disabled={busy} aria-label={t("download", { name })} onClick={() => void run(async () => saveFrom(await contentLink(artifact), name))}>
            <Download aria-hidden />
          </Button>
          {mayDelete && (
            <Button variant="ghost" size="icon-sm" aria-label={t("delete", { name })} onClick={() => setDeleting(true)}>
              <Trash2 aria-hidden />
            </Button>
          )}
        </div>
      </div>
      {playing && <Player artifact={artifact} captions={captions} />}
      <Confirm
        open={deleting}
        onOpenChange={setDeleting}
        title={t("deleteTitle")}
        text={t("deleteText", { name })}
        action={t("deleteShort")}
        onConfirm={() => deleteArtifact(artifact)}
      />
    </li>
  );
}

/** Plays a file while it comes. A link that has run out, or a server that was away, is got over where it stopped. */
function Player({ artifact, captions }: { artifact: Artifact; captions: Artifact | undefined }) {
  const { t } = useTranslation("files");
  const id = useId();
  const link = useQuery(contentLinkQuery(id, artifact));
  // Captions may come and go while it plays.
  const track = useQuery(contentLinkQuery(id, captions));
  const renew = () => {
    if (captions !== undefined) void track.refetch();
    return link.refetch();
  };
  const [broken, setBroken] = useState(false);
  const player = useRef<HTMLMediaElement | null>(null);
  /** Where to go on after a fault, in seconds, and whether it played; `null` once it has moved on from there. */
  const resume = useRef<{ at: number; played: boolean } | null>(null);
  useEffect(() => {
    // New links may be the same to the letter, and then nothing loads them but this.
    if (resume.current !== null) player.current?.load();
  }, [link.dataUpdatedAt]);
  if (link.isError || broken) {
    const again = async () => {
      await renew();
      setBroken(false);
    };
    return (
      <div role="alert" className="flex flex-wrap items-center gap-3 text-sm text-destructive">
        {link.isError ? fileProblem(link.error) : t("unplayable")}
        <Button variant="outline" size="sm" disabled={link.isFetching} onClick={() => void again()}>
          {t("again")}
        </Button>
      </div>
    );
  }
  if (link.data === undefined) {
    return (
      <p role="status" className="text-sm text-muted-foreground">
        {t("loadingMedia")}
      </p>
    );
  }
  const onError = ({ currentTarget: media }: SyntheticEvent<HTMLMediaElement>) => {
    if (resume.current !== null || media.error?.code === MediaError.MEDIA_ERR_DECODE) return setBroken(true);
    // What has not begun to load yet was to play.
    resume.current = { at: media.currentTime, played: !media.paused || media.readyState === 0 };
    void renew();
  };
  const onLoadedMetadata = ({ currentTarget: media }: SyntheticEvent<HTMLMediaElement>) => {
    if (resume.current === null) return;
    media.currentTime = resume.current.at;
    if (resume.current.played) void media.play().catch(() => undefined);
  };
  const onTimeUpdate = ({ currentTarget: media }: SyntheticEvent<HTMLMediaElement>) => {
    if (resume.current !== null && Math.abs(media.currentTime - resume.current.at) > 1) resume.current = null;
  };
  const Media = artifact.contentType.startsWith("video/") ? "video" : "audio";
  return (
    <Media
      ref={(element: HTMLMediaElement | null) => {
        player.current = element;
      }}
      src={link.data}
      controls
      autoPlay={resume.current === null}
      aria-label={artifact.fileName}
      className="max-h-[70dvh] w-full rounded-lg"
      onError={onError}
      onLoadedMetadata={onLoadedMetadata}
      onTimeUpdate={onTimeUpdate}
    >
      {track.data !== undefined && <track kind="captions" src={track.data} label={captions?.fileName} default />}
    </Media>
  );
}

function icon({ type, contentType }: Artifact): ReactNode {
  if (contentType.startsWith("video/")) return <Film />;
  if (contentType.startsWith("audio/") || RECORDINGS.has(type)) return <AudioLines />;
  return type === "TRANSCRIPT" ? <FileText /> : <FileIcon />;
}
