use actix_web::{HttpResponse, post};
use mockly_domain::{ErrorCode, SessionId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Authenticated, SessionPath};
use crate::handlers::envelope::Envelope;
use crate::openapi::headers::KeyHeader;
use crate::openapi::problems::{ANY, AUTHED, KEYED, OWN_STATUS, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// A session's LiveKit room.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LivekitRoomData {
    /// Id of the room's row, which is the session's.
    room_id: SessionId,
    /// Name of the room in LiveKit.
    #[schema(example = "session-0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f")]
    room_name: String,
    /// The page to meet on.
    #[schema(example = "https://meet.example.org/meeting/0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f")]
    meeting_url: String,
}

problems!(Refusals: KEYED, SESSION, OWN_STATUS, AUTHED, ANY, &[
    ErrorCode::SessionClosed,
    ErrorCode::Waiting,
    ErrorCode::LivekitNotConfigured,
    ErrorCode::LivekitUnavailable,
]);

/// Make a session's LiveKit room
///
/// For its participants and admins. A room that is there is found, not made again.
#[utoipa::path(
    tag = "livekit",
    params(SessionPath, KeyHeader),
    responses((status = 200, description = "The room", body = Envelope<LivekitRoomData>), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[post("/api/sessions/{id}/livekit/create-room")]
pub(crate) async fn create_livekit_room(
    principal: Authenticated,
    path: SessionPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    let place = state.services.create_media_room(&principal, path.id).await?;
    Ok(HttpResponse::Ok().json(Envelope::of(LivekitRoomData {
        room_id: place.room_id,
        room_name: place.room_name,
        meeting_url: place.meeting_url,
    })))
}
