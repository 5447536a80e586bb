use actix_web::{HttpResponse, post};
use mockly_domain::ErrorCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Authenticated, SessionPath};
use crate::openapi::headers::KeyHeader;
use crate::openapi::problems::{ANY, AUTHED, KEYED, OWN_STATUS, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// Says that the session has ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoomEndedResponse {
    /// Always `true`; a refusal has `false`.
    #[schema(example = true)]
    success: bool,
    /// The same in words.
    #[schema(example = "Room ended successfully")]
    message: &'static str,
}

problems!(Refusals: KEYED, SESSION, OWN_STATUS, AUTHED, ANY, &[
    ErrorCode::InvalidTransition,
    ErrorCode::Forbidden,
    ErrorCode::Waiting,
]);

/// End a session and its LiveKit room
///
/// The same as `POST /api/sessions/{id}/end`.
#[utoipa::path(
    tag = "livekit",
    params(SessionPath, KeyHeader),
    responses((status = 200, description = "It is over", body = RoomEndedResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[post("/api/sessions/{id}/livekit/end-room")]
pub(crate) async fn end_livekit_room(
    principal: Authenticated,
    path: SessionPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    state.services.end_session(&principal, path.id).await?;
    Ok(HttpResponse::Ok().json(RoomEndedResponse { success: true, message: "Room ended successfully" }))
}
