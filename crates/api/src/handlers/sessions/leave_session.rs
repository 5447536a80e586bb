use actix_web::{HttpResponse, post};
use mockly_domain::view::SessionView;

use crate::answer;
use crate::extract::{Authenticated, SessionPath};
use crate::openapi::headers::KeyHeader;
use crate::openapi::problems::{ANY, AUTHED, KEYED, OWN_STATUS, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: KEYED, SESSION, OWN_STATUS, AUTHED, ANY);

/// Leave a session
///
/// For good: an INTERVIEW that somebody else made is no longer held. Leaving without having joined changes nothing.
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
#[post("/api/sessions/{id}/leave")]
pub(crate) async fn leave_session(
    principal: Authenticated,
    path: SessionPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    let view = state.services.leave_session(&principal, path.id).await?;
    Ok(answer::session(&view))
}
