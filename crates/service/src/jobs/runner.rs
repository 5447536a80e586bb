//! Taking jobs that are due, and giving back those that fail.

use std::time::Duration;

use mockly_data::{Job, Store};
use mockly_domain::Timestamp;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{LEASE, RUN_MAX, Work};
use crate::notifications::{self, Notice, admins};
use crate::services::Wakes;
use crate::{ServiceError, Services};

/// Jobs of one node at once.
const AT_ONCE: usize = 16;
/// How long to wait at most before looking for jobs that other nodes wrote down.
const POLL: Duration = Duration::from_secs(1);
/// Tries before a job is dead; with the pauses below that is most of a day.
const TRIES_MAX: u32 = 20;
/// What is kept, and told to admins, of why a job failed.
const ERROR_CHARS_MAX: usize = 1_000;
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_hours(1);

impl Services {
    /// Runs jobs until it is told to stop; what is under way then is given a lease's time to another node.
    pub async fn run_jobs(self, stop: CancellationToken) {
        let mut running = JoinSet::new();
        loop {
            let pause = match self.take_jobs(AT_ONCE - running.len()).await {
                Ok((taken, pause)) => {
                    for job in taken {
                        let services = self.clone();
                        running.spawn(async move { services.run_job(job).await });
                    }
                    pause
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "jobs cannot be taken");
                    // They stay due: without a pause this would turn as fast as it can fail.
                    POLL
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.inner.jobs_stored.notified() => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
                () = tokio::time::sleep(pause) => {}
            }
            // At the bound, only a job that ends makes room.
            while running.len() >= AT_ONCE {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = running.join_next() => {}
                }
            }
        }
    }

    /// Runs everything that is due now, and what becomes due by it; how many jobs that were. For whoever drives the
    /// clock by hand.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where jobs cannot be taken.
    pub async fn run_due_jobs(&self) -> Result<usize, ServiceError> {
        let mut count = 0;
        loop {
            let (jobs, _pause) = self.take_jobs(AT_ONCE).await?;
            if jobs.is_empty() {
                return Ok(count);
            }
            for job in jobs {
                count += 1;
                self.run_job(job).await;
            }
        }
    }

    /// Takes what is due; and how long to wait before the next look.
    async fn take_jobs(&self, limit: usize) -> Result<(Vec<Job>, Duration), ServiceError> {
        // A look costs no turn to write; most looks find nothing.
        let Some(due) = self.db().jobs().next_due().await? else { return Ok((Vec::new(), POLL)) };
        let now = self.now();
        if due > now {
            return Ok((Vec::new(), due.since(now).min(POLL)));
        }
        let work = self.begin().await?;
        let lease = self.inner.ids.uuid();
        let jobs = work.jobs().take_due(now, now.plus(LEASE), lease, limit as u64).await?;
        work.commit().await?;
        // What was due and is not to be had was taken by another node meanwhile, or put off.
        let pause = if jobs.is_empty() { POLL } else { Duration::ZERO };
        Ok((jobs, pause))
    }

    async fn run_job(&self, job: Job) {
        let outcome = match serde_json::from_str::<Work>(&job.payload) {
            Ok(work) => match tokio::time::timeout(RUN_MAX, self.run(work)).await {
                Ok(outcome) => outcome,
                Err(_late) => Err(ServiceError::Internal(format!("the job did not end within {RUN_MAX:?}"))),
            },
            Err(error) => Err(ServiceError::Internal(format!("the job cannot be read: {error}"))),
        };
        let ended = match &outcome {
            Ok(()) => self.complete_job(&job).await,
            Err(error) => self.fail_job(&job, error).await,
        };
        metrics::counter!("mockly_jobs_total", "kind" => job.kind.clone(), "outcome" => outcome_name(&outcome))
            .increment(1);
        if let Err(error) = ended {
            // The lease runs out and the job runs again.
            tracing::warn!(job.id = %job.id, error = &error as &dyn std::error::Error, "a job's end was not stored");
        }
    }

    async fn complete_job(&self, job: &Job) -> Result<(), ServiceError> {
        let work = self.begin().await?;
        work.jobs().complete(job).await?;
        Ok(work.commit().await?)
    }

    async fn fail_job(&self, job: &Job, error: &ServiceError) -> Result<(), ServiceError> {
        let now = self.now();
        let retry_at = (job.attempts < TRIES_MAX).then(|| now.plus(self.pause_before_retry(job.attempts)));
        tracing::warn!(
            job.id = %job.id,
            job.kind = %job.kind,
            job.attempts = job.attempts,
            job.retry_at = %retry_at.map_or_else(|| "never".to_owned(), |at: Timestamp| at.to_string()),
            error = error as &dyn std::error::Error,
            "a job failed"
        );
        // Others' texts have no bound of their own.
        let error: String = with_causes(error).chars().take(ERROR_CHARS_MAX).collect();
        let work = self.begin().await?;
        let is_ours = work.jobs().fail(job, &error, retry_at, now).await?;
        let mut wakes = Wakes::default();
        if is_ours && retry_at.is_none() {
            let notice = Notice::JobDead { job, error: &error };
            wakes.notifications = notifications::write(&work, self, &admins(&work).await?, &notice).await?;
        }
        self.commit(work, wakes).await
    }

    /// Doubles with every try; between half and all of it, so that what failed together does not come back together.
    fn pause_before_retry(&self, attempts: u32) -> Duration {
        let whole = PAUSE_FIRST.saturating_mul(1_u32 << attempts.min(16)).min(PAUSE_MAX);
        let [random, ..] = self.inner.ids.secret();
        whole / 2 + whole.mul_f64(f64::from(random) / 512.0)
    }
}

fn outcome_name(outcome: &Result<(), ServiceError>) -> &'static str {
    if outcome.is_ok() { "done" } else { "failed" }
}

/// An error with its causes, as a person reads them.
fn with_causes(error: &ServiceError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
