use actix_web::{HttpResponse, delete};
use mockly_domain::ErrorCode;

use crate::extract::{Authenticated, SessionPath};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: SESSION, OWN_STATUS, AUTHED, ANY, &[
    ErrorCode::SessionActive,
    ErrorCode::Forbidden,
    ErrorCode::Waiting,
]);

/// Delete a session
///
/// For whoever made it, a class's teacher and admins. One that was still planned is canceled first, so that everyone hears of it.
#[utoipa::path(
    tag = "sessions",
    params(SessionPath),
    responses((status = 204, description = "It is gone"), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[delete("/api/sessions/{id}")]
pub(crate) async fn delete_session(
    principal: Authenticated,
    path: SessionPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    state.services.delete_session(&principal, path.id).await?;
    Ok(HttpResponse::NoContent().finish())
}
