use actix_web::{HttpRequest, HttpResponse, get};
use mockly_domain::ErrorCode;

use crate::download;
use crate::extract::{AnalysisPath, Identified};
use crate::openapi::headers::{IfNoneMatchContentHeader, RangeHeaders};
use crate::openapi::problems::{ANY, AUTHED, QUERY, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: QUERY, AUTHED, ANY, &[
    ErrorCode::InvalidId,
    ErrorCode::AnalysisNotFound,
    ErrorCode::AnalysisNotAwaited,
    ErrorCode::RangeNotSatisfiable,
]);

/// Read the recording of an analysis
///
/// For the analyser that the webhook `analysis.requested` gave it to, by a key of the scope ANALYSES, until the analysis
/// has ended. As the content of the file itself: with ranges, and its SHA-256 as the `ETag`.
#[utoipa::path(
    tag = "artifacts",
    params(AnalysisPath, RangeHeaders, IfNoneMatchContentHeader),
    responses(
        (status = 200, description = "All bytes", content_type = "application/octet-stream"),
        (status = 206, description = "The bytes that `Range` asks for", content_type = "application/octet-stream"),
        (status = 304, description = "The caller has them already"),
        Refusals
    ),
    security(("apiKey" = []))
)]
#[get("/api/analyses/{id}/content")]
pub(crate) async fn read_analysis_content(
    caller: Identified,
    path: AnalysisPath,
    request: HttpRequest,
    state: State,
) -> Result<HttpResponse, Problem> {
    let file = state.services.open_recording(caller.requester(), path.id).await?;
    download::answer(&request, file).await
}
