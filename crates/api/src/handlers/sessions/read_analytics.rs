use actix_web::{HttpResponse, get};
use mockly_domain::analytics::Analytics;

use crate::extract::{Authenticated, SessionPath};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: SESSION, OWN_STATUS, AUTHED, ANY);

/// Read what came of a session
///
/// How long it was, who was there, what was said, raised and voted; of a running one, so far.
#[utoipa::path(
    tag = "rooms",
    params(SessionPath),
    responses((status = 200, description = "The numbers", body = Analytics), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}/analytics")]
pub(crate) async fn read_analytics(
    principal: Authenticated,
    path: SessionPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(state.services.analytics(&principal, path.id).await?))
}
