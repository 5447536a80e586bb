use actix_web::{HttpResponse, post};
use mockly_domain::ErrorCode;
use mockly_domain::view::SessionView;

use crate::answer;
use crate::extract::{Authenticated, SessionPath};
use crate::openapi::headers::KeyHeader;
use crate::openapi::problems::{ANY, AUTHED, KEYED, OWN_STATUS, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: KEYED, SESSION, OWN_STATUS, AUTHED, ANY, &[
    ErrorCode::InvalidTransition,
    ErrorCode::ActiveSessionExists,
    ErrorCode::Forbidden,
    ErrorCode::Waiting,
]);

/// Start a session
///
/// For its host and for whoever made it. Starting twice changes nothing.
#[utoipa::path(
    tag = "sessions",
    params(SessionPath, KeyHeader),
    responses(
        (status = 200, description = "The session as it is now", body = SessionView,
            headers(("ETag" = String, description = "Its version"))),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[post("/api/sessions/{id}/start")]
pub(crate) async fn start_session(
    principal: Authenticated,
    path: SessionPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    let view = state.services.start_session(&principal, path.id).await?;
    Ok(answer::session(&view))
}
