use actix_web::{HttpResponse, delete};
use mockly_domain::ErrorCode;

use crate::extract::{Authenticated, ParticipantPath};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: SESSION, OWN_STATUS, AUTHED, ANY, &[
    ErrorCode::SessionClosed,
    ErrorCode::Forbidden,
    ErrorCode::Waiting,
    ErrorCode::ParticipantNotFound,
]);

/// Remove a participant
///
/// For hosts and admins. Whoever is removed is disconnected and cannot come back unless a host lets them in again.
#[utoipa::path(
    tag = "sessions",
    params(ParticipantPath),
    responses((status = 204, description = "The participant is removed"), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[delete("/api/sessions/{id}/participants/{userId}")]
pub(crate) async fn remove_participant(
    principal: Authenticated,
    path: ParticipantPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    state.services.remove_participant(&principal, path.id, &path.user_id).await?;
    Ok(HttpResponse::NoContent().finish())
}
