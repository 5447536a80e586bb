use actix_web::http::header;
use actix_web::{HttpResponse, post};
use mockly_domain::{ArtifactId, ErrorCode};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::analysis_response::AnalysisResponse;
use crate::extract::{Authenticated, SessionPath, ValidJson};
use crate::openapi::headers::KeyHeader;
use crate::openapi::problems::{ANY, AUTHED, BODY, KEYED, OWN_STATUS, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// Which recording.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestAnalysisRequest {
    /// A file of the session, of a type that has sound in it.
    #[schema(example = "0197c1a0-7e5f-7000-8000-000000000003")]
    artifact_id: ArtifactId,
}

problems!(Refusals: BODY, KEYED, SESSION, OWN_STATUS, AUTHED, ANY, &[
    ErrorCode::Waiting,
    ErrorCode::Forbidden,
    ErrorCode::ArtifactNotFound,
    ErrorCode::NotARecording,
]);

/// Have a recording analysed
///
/// For whoever takes part. WAV, MP3, MP4 with AAC and OGG with Opus are decoded, whatever the file is called, and give
/// duration, talking, pauses and loudness for each channel; where the server has the analyser of another service, that one
/// decides what it takes. Analyses wait for their turn; whoever asked is told by the notifications `analysis:started` and
/// `analysis:completed` or `analysis:failed`, with `{interviewId` (the session's id)`, analysisId, message, status`
/// (`started`, `success` or `failed`)`, timestamp}`. Asked for again before its end, it is the same analysis.
#[utoipa::path(
    tag = "artifacts",
    params(SessionPath, KeyHeader),
    request_body = RequestAnalysisRequest,
    responses(
        (status = 202, description = "The analysis, which waits for its turn", body = AnalysisResponse, headers(
            ("Location" = String, description = "Where it is.")
        )),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[post("/api/sessions/{id}/analyses")]
pub(crate) async fn request_analysis(
    principal: Authenticated,
    path: SessionPath,
    ValidJson(body): ValidJson<RequestAnalysisRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let analysis = state.services.request_analysis(&principal, path.id, body.artifact_id).await?;
    let place = format!("/api/analyses/{}", analysis.id);
    Ok(HttpResponse::Accepted().insert_header((header::LOCATION, place)).json(AnalysisResponse::from(analysis)))
}
