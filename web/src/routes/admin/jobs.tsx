import { useState } from "react";
import { unwrap } from "@mockly/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ListChecks, RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";

import { queryClient, rest } from "@/api/client";
import type { Job, JobState } from "@/api/types";
import { Moment } from "@/components/session-bits";
import { Empty } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/field";
import { toast } from "@/lib/toast";

import { adminProblem } from "./problem";
import { jobsQuery } from "./queries";
import { Rows } from "./rows";

const STATES = ["DEAD", "RETRYING", "RUNNING", "WAITING"] as const satisfies JobState[];
const VARIANT = { DEAD: "danger", RETRYING: "warning", RUNNING: "live", WAITING: "default" } as const;

/** Follow-up work: what waits, what runs, and what failed for good and can be tried again. */
export function Jobs() {
  const { t } = useTranslation(["admin", "translation"]);
  const [state, setState] = useState<JobState | undefined>();
  const query = useInfiniteQuery(jobsQuery(state));
  return (
    <>
      <div className="mb-4 flex flex-wrap items-start justify-between gap-4">
        <p className="max-w-prose text-sm text-muted-foreground">{t("jobs.lead")}</p>
        <Field label={t("jobs.state")} className="w-full sm:w-56">
          {(wiring) => (
            <Select {...wiring} value={state ?? ""} onChange={(event) => setState(event.target.value === "" ? undefined : (event.target.value as JobState))}>
              <option value="">{t("jobs.all")}</option>
              {STATES.map((name) => (
                <option key={name} value={name}>
                  {t(`jobs.states.${name}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <Rows query={query} empty={<Empty icon={<ListChecks />} title={t(state === undefined ? "jobs.empty" : "jobs.emptyState")} />}>
        {(item) => <Row key={item.id} job={item} />}
      </Rows>
    </>
  );
}

function Row({ job }: { job: Job }) {
  const { t } = useTranslation("admin");
  const [busy, setBusy] = useState(false);
  const retry = async () => {
    setBusy(true);
    try {
      await unwrap(rest.POST("/api/admin/jobs/{id}/retry", { params: { path: { id: job.id } } }));
      toast.success(t("jobs.retried"));
    } catch (error) {
      toast.error(adminProblem(error));
    } finally {
      setBusy(false);
      await queryClient.invalidateQueries({ queryKey: ["admin", "jobs"] });
    }
  };
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 sm:px-5">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-2 text-sm">
          <span className="font-mono font-medium">{job.kind}</span>
          <Badge variant={VARIANT[job.state]}>{t(`jobs.states.${job.state}`)}</Badge>
        </p>
        <p className="mt-1 text-xs text-muted-foreground">
          {job.deadAt ? t("jobs.diedAt") : t("jobs.due")} <Moment iso={job.deadAt ?? job.runAt} /> · {t("jobs.tries", { count: job.attempts })}
        </p>
        {job.lastError && <p className="mt-1 text-sm text-destructive">{job.lastError}</p>}
      </div>
      {job.sessionId && (
        <Button variant="ghost" size="sm" asChild>
          <Link to="/sessions/$id" params={{ id: job.sessionId }}>
            {t("jobs.session")}
          </Link>
        </Button>
      )}
      {job.state === "DEAD" && (
        <Button variant="outline" size="sm" disabled={busy} aria-label={t("jobs.retryName", { kind: job.kind })} onClick={() => void retry()}>
          <RotateCcw aria-hidden />
          {t("jobs.retry")}
        </Button>
      )}
    </li>
  );
}
