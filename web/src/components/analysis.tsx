import type { Session } from "@mockly/client";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { LoaderCircle, X } from "lucide-react";
import i18next from "i18next";
import { useTranslation } from "react-i18next";

import { analysisQuery } from "@/api/artifacts";
import type { Analysis, AnalysisReport } from "@/api/types";
import { addTexts } from "@/i18n";
import { files } from "@/i18n/files";
import { clockTime, localeOf, seconds } from "@/lib/format";

import { Bars, DataTable, Figures, Timeline } from "./charts";
import { Loaded } from "./states";
import { Button } from "./ui/button";
import { Card } from "./ui/card";
import { Skeleton } from "./ui/skeleton";

addTexts("files", files);

/** The quietest that a bar shows, in LUFS. */
const FLOOR_LUFS = -60;
/** Less than this, before the first word and after the last, is not worth a word. */
const EDGE_MS = 100;
/** What the report lists of pauses. */
const PAUSES_MAX = 1_000;

/** What an analysis found in a recording; how far it is moves by itself. */
export function AnalysisPanel({ session, id }: { session: Session; id: string }) {
  const { t } = useTranslation("files");
  const query = useQuery(analysisQuery(id));
  const name = session.artifacts.find((artifact) => artifact.id === query.data?.artifactId)?.fileName;
  return (
    <Card className="grid grid-cols-1 gap-6 p-5 sm:p-6">
      <div className="flex items-start justify-between gap-3">
        <h2 className="min-w-0 font-semibold">{name === undefined ? t("analysis.title") : t("analysis.of", { name })}</h2>
        <Button variant="ghost" size="icon-sm" asChild>
          <Link to="/sessions/$id" params={{ id: session.id }} search={{}} resetScroll={false} aria-label={t("analysis.close")}>
            <X aria-hidden />
          </Link>
        </Button>
      </div>
      <Loaded query={query} skeleton={<Skeleton className="h-40 rounded-xl" />}>
        {(analysis) => <State analysis={analysis} />}
      </Loaded>
    </Card>
  );
}

function State({ analysis: { status, error, report } }: { analysis: Analysis }) {
  const { t } = useTranslation("files");
  const reason = `files:analysis.failure.${error?.code}`;
  const over = status === "SUCCEEDED" || status === "FAILED";
  return (
    <>
      <p role="status" className={status === "SUCCEEDED" ? "sr-only" : "flex items-center gap-2 text-sm"}>
        {!over && <LoaderCircle aria-hidden className="size-4 animate-spin" />}
        {t(`analysis.${status}`)}
      </p>
      {error && <p className="rounded-lg bg-danger-soft px-4 py-3 text-sm text-destructive">{i18next.exists(reason) ? i18next.t(reason as "files:analysis.failure.no-sound") : error.message}</p>}
      {report && <Report report={report} />}
    </>
  );
}

function Report({ report }: { report: AnalysisReport }) {
  const { t, i18n } = useTranslation("files");
  const channels = report.channels.length > 0 ? report.channels : [{ channel: "MIXED", speech: report.speech, loudness: report.loudness }];
  const name = (channel: string) =>
    channel === "MIXED" || channel === "LEFT" || channel === "RIGHT" ? t(`analysis.channel.${channel}`) : t("analysis.channel.other", { number: channel });
  const length = (ms: number) => seconds(Math.round(ms / 100) / 10, i18n.language);
  const decibel = (value: number | null | undefined, unit: string) =>
    typeof value === "number" ? `${new Intl.NumberFormat(localeOf(i18n.language), { maximumFractionDigits: 1 }).format(value)}\u00a0${unit}` : t("analysis.silent");
  const share = (ms: number) => new Intl.NumberFormat(localeOf(i18n.language), { style: "percent" }).format(report.durationMs === 0 ? 0 : ms / report.durationMs);
  const { speech, loudness } = report;
  // Of several speakers, the figures above are of them all: one pauses while another talks.
  const several = channels.length > 1;
  const edges = channels
    .map(({ channel, speech }) => ({ channel, ms: report.durationMs - speech.talkMs - speech.pauseMs }))
    .filter(({ ms }) => ms >= EDGE_MS)
    .map(({ channel, ms }) => `${name(channel)} ${length(ms)}`);
  const pauses = channels.flatMap(({ channel, speech }) => speech.pauses.map((pause) => ({ ...pause, name: name(channel) })));
  const longest = Math.max(...channels.map(({ speech }) => speech.pauseCount));
  return (
    <>
      <Figures
        figures={[
          { name: t("analysis.duration"), value: clockTime(report.durationMs) },
          { name: t("analysis.talk"), value: share(speech.talkMs) },
          { name: t(several ? "analysis.pausesAll" : "analysis.pauses"), value: speech.pauseCount },
          { name: t(several ? "analysis.longestAll" : "analysis.longest"), value: speech.pauseCount === 0 ? "–" : length(speech.longestPauseMs) },
          { name: t("analysis.loudness"), value: decibel(loudness.integratedLufs, "LUFS") },
          { name: t("analysis.peak"), value: decibel(loudness.peakDbfs, "dB") },
        ]}
      />
      <Bars
        title={t("analysis.talkTitle")}
        most={Math.max(1, report.durationMs)}
        rows={channels.map(({ channel, speech }) => ({ name: name(channel), value: speech.talkMs, text: `${clockTime(speech.talkMs)} (${share(speech.talkMs)})` }))}
      />
      {pauses.length === 0 ? (
        <section>
          <h3 className="text-sm font-medium">{t("analysis.pauseTitle")}</h3>
          <p className="mt-1 text-sm text-muted-foreground">{t("analysis.pauseNone")}</p>
        </section>
      ) : (
        <Timeline
          title={t("analysis.pauseTitle")}
          from={0}
          until={report.durationMs}
          tick={clockTime}
          rows={channels.map(({ channel, speech }) => ({ name: name(channel), spans: speech.pauses.map(({ startMs, endMs }) => ({ from: startMs, until: endMs })) }))}
        >
          {edges.length > 0 && (
            <p className="text-xs text-muted-foreground">
              {t("analysis.edges", { list: new Intl.ListFormat(localeOf(i18n.language), { style: "short", type: "unit" }).format(edges) })}
            </p>
          )}
          {longest > PAUSES_MAX && <p className="text-xs text-muted-foreground">{t("analysis.pauseMore", { count: PAUSES_MAX })}</p>}
          <Details>
            <DataTable
              label={t("analysis.pauseTitle")}
              className="max-h-72"
              head={[t("analysis.speaker"), t("analysis.start"), t("analysis.length")]}
              rows={pauses.map((pause) => [pause.name, clockTime(pause.startMs), length(pause.endMs - pause.startMs)])}
            />
          </Details>
        </Timeline>
      )}
      <Bars
        title={t("analysis.loudnessTitle")}
        most={-FLOOR_LUFS}
        rows={channels.map(({ channel, loudness }) => ({ name: name(channel), value: (loudness.integratedLufs ?? FLOOR_LUFS) - FLOOR_LUFS, text: decibel(loudness.integratedLufs, "LUFS") }))}
      >
        <p className="text-xs text-muted-foreground">{t("analysis.loudnessHint")}</p>
      </Bars>
      <Details>
        <DataTable
          label={t("analysis.title")}
          head={[t("analysis.speaker"), t("analysis.talk"), t("analysis.share"), t("analysis.pauses"), t("analysis.longest"), t("analysis.loudness"), t("analysis.peak")]}
          rows={channels.map(({ channel, speech, loudness }) => [
            name(channel),
            clockTime(speech.talkMs),
            share(speech.talkMs),
            speech.pauseCount,
            length(speech.longestPauseMs),
            decibel(loudness.integratedLufs, "LUFS"),
            decibel(loudness.peakDbfs, "dB"),
          ])}
        />
      </Details>
      {report.damagedPackets > 0 && <p className="text-sm text-muted-foreground">{t("analysis.damaged", { count: report.damagedPackets })}</p>}
    </>
  );
}

function Details({ children }: { children: React.ReactNode }) {
  const { t } = useTranslation("files");
  return (
    <details className="text-sm">
      <summary className="w-fit rounded-sm py-1 text-muted-foreground">{t("analysis.asTable")}</summary>
      {children}
    </details>
  );
}
