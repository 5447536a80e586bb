use actix_web::{HttpResponse, patch};
use mockly_domain::analysis::AnalysisReport;
use mockly_domain::{AnalysisStatus, ErrorCode};
use mockly_service::{AnalysisNews, ServiceError};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::analysis_response::AnalysisResponse;
use crate::extract::{AnalysisPath, Identified, ValidJson};
use crate::openapi::problems::{ANY, AUTHED, BODY, problems};
use crate::problem::Problem;
use crate::state::State;
use crate::validate::{kebab_case, single_line};

/// How far an analysis is, or how it ended.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReportAnalysisRequest {
    /// `RUNNING` goes with `progressPercent`, `SUCCEEDED` with `report`, `FAILED` with `error`.
    status: AnalysisStatus,
    /// How far it is.
    #[schema(maximum = 100)]
    #[validate(range(max = 100, message = "must be 0 to 100"))]
    progress_percent: Option<u32>,
    /// The figures, at most 256 KiB of JSON. What is not among them goes into `details`.
    report: Option<AnalysisReport>,
    /// Why there are no figures.
    #[validate(nested)]
    error: Option<ReportedFailure>,
}

/// Why an analyser has no figures.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub(crate) struct ReportedFailure {
    /// A stable name in kebab-case, for example `damaged-file`.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z][a-z0-9-]*$")]
    #[validate(length(max = 64, message = "must have at most 64 characters"), custom(function = kebab_case))]
    code: String,
    /// What is wrong and what to do, in a sentence that whoever asked is told.
    #[schema(min_length = 1, max_length = 500)]
    #[validate(length(max = 500, message = "must have at most 500 characters"), custom(function = single_line))]
    message: String,
}

impl ReportAnalysisRequest {
    /// What is reported, or which field is missing.
    fn news(self) -> Result<AnalysisNews, Problem> {
        let missing =
            |field: &str| ServiceError::field(field, format!("must go with the status {}", self.status)).into();
        match self.status {
            AnalysisStatus::Running => {
                self.progress_percent.map(AnalysisNews::Progress).ok_or_else(|| missing("progressPercent"))
            }
            AnalysisStatus::Succeeded => {
                let report = self.report.ok_or_else(|| missing("report"))?;
                Ok(AnalysisNews::Succeeded(Box::new(report)))
            }
            AnalysisStatus::Failed => {
                let error = self.error.ok_or_else(|| missing("error"))?;
                Ok(AnalysisNews::Failed(error.code, error.message))
            }
            AnalysisStatus::Queued => Err(ServiceError::field("status", "must be RUNNING, SUCCEEDED or FAILED").into()),
        }
    }
}

problems!(Refusals: BODY, AUTHED, ANY, &[
    ErrorCode::InvalidId,
    ErrorCode::AnalysisNotFound,
    ErrorCode::AnalysisNotAwaited,
]);

/// Report on an analysis
///
/// For the analyser that the webhook `analysis.requested` gave it to, by a key of the scope ANALYSES. Whoever asked is told
/// of the end by `analysis:completed` or `analysis:failed`, once: the same end again answers the same and tells nobody.
/// After another end, or after the deadline, a report is refused as `analysis-not-awaited`.
#[utoipa::path(
    tag = "artifacts",
    params(AnalysisPath),
    request_body(content = ReportAnalysisRequest, example = json!({ "status": "RUNNING", "progressPercent": 40 })),
    responses((status = 200, description = "The analysis as it is now", body = AnalysisResponse), Refusals),
    security(("apiKey" = []))
)]
#[patch("/api/analyses/{id}")]
pub(crate) async fn report_analysis(
    caller: Identified,
    path: AnalysisPath,
    ValidJson(body): ValidJson<ReportAnalysisRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let view = state.services.report_analysis(caller.requester(), path.id, body.news()?).await?;
    Ok(HttpResponse::Ok().json(AnalysisResponse::from(view)))
}
