use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get};
use mockly_domain::view::SessionView;

use crate::answer;
use crate::extract::precondition::{etag, is_known};
use crate::extract::{Authenticated, SessionPath};
use crate::openapi::headers::IfNoneMatchHeader;
use crate::openapi::problems::{ANY, AUTHED, QUERY, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: QUERY, SESSION, AUTHED, ANY);

/// Read a session
///
/// Its `ETag` counts edits and status changes; who is present may change without it, so leave out `If-None-Match` to
/// see that.
#[utoipa::path(
    tag = "sessions",
    params(SessionPath, IfNoneMatchHeader),
    responses(
        (status = 200, description = "The session", body = SessionView,
            headers(("ETag" = String, description = "Its version"))),
        (status = 304, description = "Edits and status are as the caller knows them"),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}")]
pub(crate) async fn read_session(
    principal: Authenticated,
    path: SessionPath,
    request: HttpRequest,
    state: State,
) -> Result<HttpResponse, Problem> {
    let view = state.services.read_session(&principal, path.id).await?;
    if is_known(request.headers(), view.version)? {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, etag(view.version))).finish());
    }
    Ok(answer::session(&view))
}
