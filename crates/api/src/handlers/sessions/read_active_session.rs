use actix_web::{HttpResponse, get};
use mockly_domain::ErrorCode;
use mockly_domain::view::SessionView;

use crate::answer;
use crate::extract::Authenticated;
use crate::openapi::problems::{ANY, AUTHED, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: AUTHED, ANY, &[ErrorCode::NoActiveSession]);

/// Read one's active session
///
/// The INTERVIEW that the caller holds, else the newest ACTIVE session that the caller joined.
#[utoipa::path(
    tag = "sessions",
    responses(
        (status = 200, description = "The session", body = SessionView,
            headers(("ETag" = String, description = "Its version"))),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/me/active")]
pub(crate) async fn read_active_session(principal: Authenticated, state: State) -> Result<HttpResponse, Problem> {
    let view = state.services.active_session(&principal).await?;
    Ok(answer::session(&view))
}
