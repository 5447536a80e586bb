//! Working the queue off: one analysis at a time on each node, under a lease.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mockly_analysis::AnalysisError;
use mockly_data::Store as _;
use mockly_domain::analysis::AnalysisReport;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::figures::measure;
use super::finish::{Reason, Taken};
use crate::notifications::{self, Notice};
use crate::services::Wakes;
use crate::sessions::Change;
use crate::{ServiceError, Services};

/// How long a node keeps an analysis from others without a word.
const LEASE: Duration = Duration::from_secs(25);
/// How often it says that it still works.
const RENEW_EVERY: Duration = Duration::from_secs(5);
/// How long one analysis may take: twelve hours of sound take a few minutes.
const RUN_MAX: Duration = Duration::from_mins(30);
/// How long to wait at most before looking for what other nodes were asked.
const POLL: Duration = Duration::from_secs(1);
/// Beginnings of one analysis: a recording whose node dies each time is given up.
const TRIES_MAX: u32 = 3;

/// What was next in the queue.
enum Next {
    /// An analysis that this node has.
    Here(Box<Taken>),
    /// One that was given away.
    Elsewhere,
    /// None that is free.
    Nothing,
}

/// How the work on an analysis ended.
enum Outcome {
    Ended(Result<AnalysisReport, Reason>),
    /// The node stops; another one may begin again.
    Interrupted,
    /// It was deleted, or another node has it.
    Lost,
}

/// Tells the thread that measures to stop, also where whoever waits for it is dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Services {
    /// Works the queue off until it is told to stop; what is under way then goes back to the queue.
    pub async fn run_analyses(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.run_next_analysis(&stop).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "an analysis could not be carried out");
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.inner.analyses_stored.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Works off everything that waits; how many analyses that were. For whoever drives the clock by hand.
    ///
    /// # Errors
    /// [`ServiceError`] where one cannot be carried out.
    pub async fn run_waiting_analyses(&self) -> Result<usize, ServiceError> {
        let mut count = 0;
        while self.run_next_analysis(&CancellationToken::new()).await? {
            count += 1;
        }
        Ok(count)
    }

    async fn run_next_analysis(&self, stop: &CancellationToken) -> Result<bool, ServiceError> {
        let taken = match self.take_analysis().await? {
            Next::Here(taken) => taken,
            Next::Elsewhere => return Ok(true),
            Next::Nothing => return Ok(false),
        };
        let outcome = self.work_on(&taken, stop).await;
        match outcome {
            Outcome::Ended(result) => {
                if let Some(change) = Change::find(self, taken.analysis.session_id).await? {
                    change.finish_analysis(*taken, result).await?;
                }
            }
            Outcome::Interrupted => {
                let work = self.begin().await?;
                work.analyses().give_back(taken.analysis.id, taken.lease).await?;
                work.commit().await?;
            }
            Outcome::Lost => {}
        }
        Ok(true)
    }

    /// Takes the next one and tells whoever asked that it begins.
    async fn take_analysis(&self) -> Result<Next, ServiceError> {
        let now = self.now();
        // A look costs no turn to write; most looks find nothing.
        if self.db().analyses().next_due().await?.is_none_or(|due| due > now) {
            return Ok(Next::Nothing);
        }
        let work = self.begin().await?;
        let lease = self.inner.ids.uuid();
        let Some((analysis, is_first)) = work.analyses().take(now, now.plus(LEASE), lease).await? else {
            return Ok(Next::Nothing);
        };
        let artifact = work.artifacts().find(analysis.artifact_id).await?;
        // One that is begun again was told of already.
        if is_first {
            let name = artifact.as_ref().map_or("", |artifact| artifact.file_name.as_str());
            let message = format!("The analysis of {name} has started.");
            let notice = Notice::Analysis { analysis: &analysis, message: &message };
            notifications::write(&work, self, std::slice::from_ref(&analysis.requested_by), &notice).await?;
        }
        let taken = Taken { analysis, artifact, lease };
        let Some(analyser) = &self.inner.analyser else {
            self.commit(work, Wakes { notifications: true, ..Wakes::default() }).await?;
            return Ok(Next::Here(Box::new(taken)));
        };
        self.hand_over(&work, analyser, &taken).await?;
        self.commit(work, Wakes { notifications: true, jobs: true, ..Wakes::default() }).await?;
        Ok(Next::Elsewhere)
    }

    async fn work_on(&self, taken: &Taken, stop: &CancellationToken) -> Outcome {
        let Some(artifact) = &taken.artifact else { return Outcome::Lost };
        if taken.analysis.attempts > TRIES_MAX {
            let text =
                format!("The analysis was cut off {TRIES_MAX} times. Convert the recording, then start it again.");
            return Outcome::Ended(Err(("analysis-interrupted".to_owned(), text)));
        }
        let must_stop = Arc::new(AtomicBool::new(false));
        let _stops = StopOnDrop(Arc::clone(&must_stop));
        let (blobs, id, artifact_type) = (Arc::clone(&self.inner.blobs), artifact.id, artifact.artifact_type);
        let (flag, until) = (Arc::clone(&must_stop), Instant::now() + RUN_MAX);
        let mut measuring = tokio::task::spawn_blocking(move || measure(blobs.open(id)?, artifact_type, &flag));
        let mut ticks = tokio::time::interval_at(Instant::now() + RENEW_EVERY, RENEW_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                done = &mut measuring => return Outcome::Ended(match done {
                    Ok(result) => result.map_err(|error| reason(&error)),
                    Err(lost) => {
                        tracing::error!(error.cause = %lost, "an analysis broke down");
                        Err(reason(&AnalysisError::Undecodable))
                    }
                }),
                () = stop.cancelled() => return Outcome::Interrupted,
                _ = ticks.tick() => {}
            }
            if Instant::now() >= until {
                let text =
                    format!("The analysis took longer than {} min. Split the recording.", RUN_MAX.as_secs() / 60);
                return Outcome::Ended(Err(("analysis-too-long".to_owned(), text)));
            }
            if !self.renew(taken).await {
                return Outcome::Lost;
            }
        }
    }

    /// Whether the node still has it. A database that is away for a moment takes nothing from it: the lease is longer.
    async fn renew(&self, taken: &Taken) -> bool {
        let renewed = async {
            let work = self.begin().await?;
            let kept = work.analyses().renew(taken.analysis.id, taken.lease, self.now().plus(LEASE)).await?;
            work.commit().await?;
            Ok::<_, ServiceError>(kept)
        };
        renewed.await.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "the lease on an analysis was not renewed");
            true
        })
    }
}

fn reason(error: &AnalysisError) -> Reason {
    if let AnalysisError::Io(cause) = error
        && cause.kind() != ErrorKind::UnexpectedEof
    {
        tracing::warn!(error.cause = %cause, "a recording could not be read");
    }
    (error.code().to_owned(), error.to_string())
}
