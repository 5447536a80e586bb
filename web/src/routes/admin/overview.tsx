import { type ReactNode, useState } from "react";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { Pause, Play } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Node, Readiness, Stats } from "@/api/types";
import { Bars, DataTable, Figures } from "@/components/charts";
import { Moment } from "@/components/session-bits";
import { Failure, Loading } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { useNow } from "@/lib/clock";
import { seconds, timeOnly } from "@/lib/format";

import { adminProblem } from "./problem";
import { healthQuery, nodesQuery, statsQuery } from "./queries";

const REFRESH_MS = 5_000;
/** The doors of rooms, which count as transports of their own. */
const DOORS = new Set(["zoom", "chat", "screenshare", "class"]);
/** Older numbers say so. */
const STALE_MS = 15_000;

/** How the server is doing: read anew all the time, and what was read last stays when it cannot be. */
export function Overview() {
  const { t } = useTranslation(["admin", "translation"]);
  const [paused, setPaused] = useState(false);
  // Paused means paused, also for who looks away and comes back.
  const reading = paused ? ({ refetchInterval: false, refetchOnWindowFocus: false, refetchOnReconnect: false } as const) : { refetchInterval: REFRESH_MS };
  const stats = useQuery({ ...statsQuery, ...reading });
  const nodes = useQuery({ ...nodesQuery, ...reading });
  const health = useQuery({ ...healthQuery, ...reading });
  const turn = () => {
    setPaused(!paused);
    if (paused) for (const query of [stats, nodes, health]) void query.refetch();
  };
  if (stats.data === undefined) {
    return stats.isError ? (
      <Failure error={stats.error} onRetry={() => void stats.refetch()} />
    ) : (
      <Loading>
        <Skeleton className="h-80 rounded-xl" />
      </Loading>
    );
  }
  return (
    <div className="grid grid-cols-1 gap-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="text-sm">
          <Age readAt={stats.dataUpdatedAt} />
          <Trouble query={stats} />
        </div>
        <Button variant="outline" size="sm" onClick={turn}>
          {paused ? <Play aria-hidden /> : <Pause aria-hidden />}
          {t(paused ? "overview.resume" : "overview.pause")}
        </Button>
      </div>
      <Numbers stats={stats.data} />
      <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-2">
        <div className="grid grid-cols-1 content-start gap-6">
          <Health query={health} />
          <Transports stats={stats.data} />
          {nodes.data && <Nodes nodes={nodes.data.items} />}
        </div>
        <Card className="grid content-start gap-6 p-5 sm:p-6">
          <Bars title={t("overview.sessions")} rows={(["ACTIVE", "SCHEDULED", "ENDED", "CANCELED"] as const).map((status) => ({ name: t(`translation:status.${status}`), value: stats.data.sessions[status] ?? 0 }))} />
          <Bars title={t("overview.jobs")} rows={(["WAITING", "RUNNING", "RETRYING", "DEAD"] as const).map((state) => ({ name: t(`jobs.states.${state}`), value: stats.data.jobs[state] ?? 0 }))} />
        </Card>
      </div>
    </div>
  );
}

/** When it was read, and whether that is too long ago to count on. */
function Age({ readAt }: { readAt: number }) {
  const { t, i18n } = useTranslation("admin");
  const age = useAge(readAt);
  return (
    <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-muted-foreground tabular-nums">
      {t("overview.asOf", { time: timeOnly(readAt, i18n.language, true) })}
      {age > STALE_MS && <Badge variant="warning">{t("overview.age", { age: seconds(Math.floor(age / 1000), i18n.language) })}</Badge>}
    </p>
  );
}

/** Said once, however old the numbers get. */
function Trouble({ query: { dataUpdatedAt, error } }: { query: UseQueryResult<Stats> }) {
  const { t } = useTranslation("admin");
  const age = useAge(dataUpdatedAt);
  return (
    <p role="status" className="text-warning">
      {error !== null ? t("overview.failed", { problem: adminProblem(error) }) : age > STALE_MS ? t("overview.stale") : ""}
    </p>
  );
}

/** By this browser's clock, which is also the one that noted the reading. */
function useAge(readAt: number): number {
  useNow();
  return Date.now() - readAt;
}

function Numbers({ stats }: { stats: Stats }) {
  const { t } = useTranslation("admin");
  const { connections, jobs, sessions } = stats;
  return (
    <Card className="p-5 sm:p-6">
      <Figures
        figures={[
          { name: t("overview.live"), value: sessions["ACTIVE"] ?? 0 },
          { name: t("overview.connected"), value: connections.users },
          { name: t("overview.connections"), value: connections.total },
          { name: t("overview.users"), value: stats.users },
          { name: t("overview.nodes"), value: stats.nodes },
          { name: t("overview.dead"), value: <span className={(jobs["DEAD"] ?? 0) > 0 ? "text-destructive" : ""}>{jobs["DEAD"] ?? 0}</span> },
        ]}
      />
    </Card>
  );
}

function Health({ query }: { query: UseQueryResult<Readiness> }) {
  const { t } = useTranslation("admin");
  const { data: readiness } = query;
  return (
    <Part title={t("overview.health")}>
      {readiness === undefined ? (
        query.isError ? (
          <p className="text-sm text-muted-foreground">{t("overview.unknown")}</p>
        ) : (
          <Skeleton className="h-16" />
        )
      ) : (
        <>
          <dl className="grid gap-3 text-sm">
            {(["database", "livekit", "redis"] as const).map((part) => (
              <div key={part} className="flex items-center justify-between gap-3">
                <dt>{t(`overview.${part}`)}</dt>
                <dd>
                  <Badge variant={readiness[part] === "up" ? "live" : readiness[part] === "not-configured" ? "default" : "danger"}>{t(`overview.part.${readiness[part]}`)}</Badge>
                </dd>
              </div>
            ))}
          </dl>
          <Age readAt={query.dataUpdatedAt} />
        </>
      )}
    </Part>
  );
}

function Transports({ stats }: { stats: Stats }) {
  const { t } = useTranslation("admin");
  const rows = Object.entries(stats.connections.byTransport).map(([name, value]) => ({ name: DOORS.has(name) ? t("overview.door", { name }) : name, value }));
  if (rows.length === 0) {
    return (
      <Part title={t("overview.transports")}>
        <p className="text-sm text-muted-foreground">{t("overview.nobody")}</p>
      </Part>
    );
  }
  return (
    <Card className="p-5 sm:p-6">
      <Bars title={t("overview.transports")} rows={rows.sort((one, other) => other.value - one.value)} />
    </Card>
  );
}

function Nodes({ nodes }: { nodes: Node[] }) {
  const { t } = useTranslation("admin");
  return (
    <Part title={t("overview.nodes")}>
      <DataTable
        label={t("overview.nodes")}
        head={[t("overview.node"), t("overview.started"), t("overview.seen"), t("overview.connections")]}
        rows={nodes.map((node) => [
          <span key="id" className="grid gap-1">
            <span className="font-mono text-xs">{node.id.slice(-12)}</span>
            {node.answers && <span className="text-xs font-normal wrap-break-word text-muted-foreground">{t("overview.here")}</span>}
          </span>,
          <Moment key="started" iso={node.startedAt} />,
          <Moment key="seen" iso={node.seenAt} />,
          node.sockets,
        ])}
      />
    </Part>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card className="grid grid-cols-1 content-start gap-4 p-5 sm:p-6">
      <h2 className="text-sm font-medium">{title}</h2>
      {children}
    </Card>
  );
}
