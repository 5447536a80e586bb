use actix_web::{HttpResponse, get};
use mockly_domain::{ErrorCode, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Authenticated, SessionPath};
use crate::handlers::envelope::Envelope;
use crate::openapi::problems::{ANY, AUTHED, JOIN, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// How to enter the LiveKit room.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LivekitTokenData {
    /// A LiveKit access token.
    token: String,
    /// Name of the room.
    #[schema(example = "session-0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f")]
    room_name: String,
    /// The name that others see.
    #[schema(example = "Mira Mentee")]
    participant_name: String,
    /// Where the client connects.
    #[schema(example = "ws://localhost:7880")]
    ws_url: String,
    /// Until when the token lets its bearer in: 24 h, or until the session can no longer be joined.
    expires_at: Timestamp,
}

problems!(Refusals: SESSION, JOIN, AUTHED, ANY, &[
    ErrorCode::Waiting,
    ErrorCode::LivekitNotConfigured,
    ErrorCode::LivekitUnavailable,
]);

/// Get a LiveKit token in an envelope
///
/// The same token, by the same decision, as `GET /api/sessions/{id}/token`.
#[utoipa::path(
    tag = "livekit",
    params(SessionPath),
    responses((status = 200, description = "The token", body = Envelope<LivekitTokenData>), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}/livekit/access-token")]
pub(crate) async fn read_livekit_access_token(
    principal: Authenticated,
    path: SessionPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    let issued = state.services.media_token(&principal, path.id).await?;
    Ok(HttpResponse::Ok().json(Envelope::of(LivekitTokenData {
        token: issued.token,
        room_name: issued.room_id,
        participant_name: issued.participant_name,
        ws_url: issued.url,
        expires_at: issued.expires_at,
    })))
}
