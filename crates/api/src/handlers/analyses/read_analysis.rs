use actix_web::{HttpResponse, get};
use mockly_domain::ErrorCode;

use super::analysis_response::AnalysisResponse;
use crate::extract::{AnalysisPath, Authenticated};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: OWN_STATUS, AUTHED, ANY, &[
    ErrorCode::InvalidId,
    ErrorCode::AccessDenied,
    ErrorCode::Waiting,
    ErrorCode::AnalysisNotFound,
]);

/// Read an analysis
///
/// For everyone who may read the files of its session. All times within the recording are milliseconds.
#[utoipa::path(
    tag = "artifacts",
    params(AnalysisPath),
    responses(
        (status = 200, description = "The analysis, with its figures once it has succeeded", body = AnalysisResponse,
            example = json!({
                "id": "0197c1a0-7e60-7000-8000-000000000004",
                "sessionId": "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
                "artifactId": "0197c1a0-7e5f-7000-8000-000000000003",
                "requestedBy": "0197c19f-1111-7000-8000-000000000001",
                "status": "SUCCEEDED",
                "report": {
                    "format": "OGG",
                    "sampleRateHz": 48_000,
                    "durationMs": 10_000,
                    "speech": {
                        "talkMs": 7_000, "pauseMs": 2_000, "longestPauseMs": 2_000, "pauseCount": 1,
                        "pauses": [{ "startMs": 4_000, "endMs": 6_000 }]
                    },
                    "loudness": { "integratedLufs": -22.4, "peakDbfs": -6.0 },
                    "channels": [],
                    "damagedPackets": 0
                },
                "createdAt": "2026-01-15T11:02:00Z",
                "startedAt": "2026-01-15T11:02:00Z",
                "finishedAt": "2026-01-15T11:02:01Z"
            })
        ),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/analyses/{id}")]
pub(crate) async fn read_analysis(
    principal: Authenticated,
    path: AnalysisPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    let view = state.services.read_analysis(&principal, path.id).await?;
    Ok(HttpResponse::Ok().json(AnalysisResponse::from(view)))
}
