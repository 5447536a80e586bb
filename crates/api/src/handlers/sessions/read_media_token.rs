use actix_web::{HttpResponse, get};
use mockly_domain::ErrorCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Authenticated, SessionPath};
use crate::openapi::problems::{ANY, AUTHED, JOIN, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// How to enter the LiveKit room.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LiveKitTokenResponse {
    /// A LiveKit access token; valid for 24 h, or until the session can no longer be joined.
    token: String,
    /// Name of the room.
    #[schema(example = "session-0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f")]
    room_id: String,
    /// Where the client connects.
    #[schema(example = "ws://localhost:7880")]
    url: String,
}

problems!(Refusals: SESSION, JOIN, AUTHED, ANY, &[
    ErrorCode::Waiting,
    ErrorCode::LivekitNotConfigured,
    ErrorCode::LivekitUnavailable,
]);

/// Get a LiveKit token
///
/// Needs no join before it and changes nothing: whoever turns up in the room with it has joined.
#[utoipa::path(
    tag = "sessions",
    params(SessionPath),
    responses((status = 200, description = "The token", body = LiveKitTokenResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}/token")]
pub(crate) async fn read_media_token(
    principal: Authenticated,
    path: SessionPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    let issued = state.services.media_token(&principal, path.id).await?;
    Ok(HttpResponse::Ok().json(LiveKitTokenResponse { token: issued.token, room_id: issued.room_id, url: issued.url }))
}
