//! `PATCH /api/analyses/{id}`: what the analyser of another service says.

use mockly_data::Store as _;
use mockly_domain::analysis::AnalysisReport;
use mockly_domain::{Analysis, AnalysisId, AnalysisStatus, ErrorCode, ServiceKeyScope};

use super::finish::{Taken, json};
use super::read::view_of;
use crate::sessions::Change;
use crate::{AnalysisView, Requester, ServiceError, Services};

/// Longest report that is stored, in bytes of JSON.
const REPORT_BYTES_MAX: usize = 256 * 1024;
/// A day of sound: what is longer is a mistake of units.
const DURATION_MS_MAX: u64 = 24 * 60 * 60 * 1_000;

/// What an analyser reports.
#[derive(Debug, Clone, PartialEq)]
pub enum AnalysisNews {
    /// It works on it, and is that far, in percent.
    Progress(u32),
    /// The figures.
    Succeeded(Box<AnalysisReport>),
    /// There are none: a stable name, and a sentence that says what to do.
    Failed(String, String),
}

impl Services {
    /// Takes a report on an analysis that was given to the analyser. The end is told once: the same end again answers the
    /// state that it made.
    ///
    /// # Errors
    /// `service-key-scope` for everyone but keys of the scope ANALYSES, `analysis-not-found`, `validation-failed`;
    /// `analysis-not-awaited` where the analysis has ended otherwise, or never was the analyser's.
    pub async fn report_analysis(
        &self,
        requester: Requester<'_>,
        id: AnalysisId,
        news: AnalysisNews,
    ) -> Result<AnalysisView, ServiceError> {
        requester.require_scope(ServiceKeyScope::Analyses)?;
        check(&news)?;
        let analysis = self.db().analyses().find(id).await?.ok_or_else(no_analysis)?;
        // Reports and the deadline come one after the other, in the order of the session's lock.
        let change = Change::find(self, analysis.session_id).await?.ok_or_else(no_analysis)?;
        let analysis = change.work().analyses().find(id).await?.ok_or_else(no_analysis)?;
        if !analysis.is_reported_on() {
            return if is_repeat(&analysis, &news)? { view_of(analysis) } else { Err(not_awaited(&analysis)) };
        }
        let result = match news {
            AnalysisNews::Progress(percent) => {
                change.work().analyses().set_progress(id, percent).await?;
                change.commit().await?;
                return view_of(Analysis { progress_percent: Some(percent), ..analysis });
            }
            AnalysisNews::Succeeded(report) => Ok(*report),
            AnalysisNews::Failed(code, message) => Err((code, message)),
        };
        let artifact = change.work().artifacts().find(analysis.artifact_id).await?;
        view_of(change.finish_analysis(Taken { analysis, artifact, lease: id.0 }, result).await?)
    }
}

fn check(news: &AnalysisNews) -> Result<(), ServiceError> {
    let AnalysisNews::Succeeded(report) = news else { return Ok(()) };
    if report.duration_ms > DURATION_MS_MAX {
        return Err(ServiceError::field("report.durationMs", "must be at most 86400000, the milliseconds of a day"));
    }
    if json(report)?.len() > REPORT_BYTES_MAX {
        return Err(ServiceError::field("report", "must have at most 262144 bytes as JSON"));
    }
    Ok(())
}

/// Whether this is the end that was reported before.
fn is_repeat(analysis: &Analysis, news: &AnalysisNews) -> Result<bool, ServiceError> {
    Ok(analysis.progress_percent.is_some()
        && match news {
            AnalysisNews::Progress(_) => false,
            AnalysisNews::Succeeded(report) => {
                analysis.status == AnalysisStatus::Succeeded && analysis.report.as_deref() == Some(&*json(report)?)
            }
            AnalysisNews::Failed(code, message) => analysis
                .error
                .as_ref()
                .is_some_and(|(known_code, known_message)| (known_code, known_message) == (code, message)),
        })
}

pub(super) fn no_analysis() -> ServiceError {
    ServiceError::refused(ErrorCode::AnalysisNotFound, "There is no analysis with this id.")
}

pub(super) fn not_awaited(analysis: &Analysis) -> ServiceError {
    let detail = match analysis.status {
        AnalysisStatus::Succeeded | AnalysisStatus::Failed => {
            format!("The analysis has ended as {}; a report comes too late. Stop working on it.", analysis.status)
        }
        AnalysisStatus::Queued | AnalysisStatus::Running => {
            "The analysis was not given to an analyser of another service; the webhook names those that were."
                .to_owned()
        }
    };
    ServiceError::refused(ErrorCode::AnalysisNotAwaited, detail)
}
