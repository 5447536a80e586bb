use actix_web::{HttpResponse, get};
use mockly_domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Authenticated, SessionPath};
use crate::openapi::problems::{ANY, AUTHED, SESSION, problems};
use crate::problem::{ErrorCodeSchema, Problem};
use crate::state::State;

/// What joining would say.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CanJoinResponse {
    /// Whether the caller would get in, or wait to be let in.
    allowed: bool,
    /// Why not.
    #[schema(value_type = Option<ErrorCodeSchema>)]
    code: Option<&'static str>,
    /// The same in a sentence.
    message: String,
    /// When the session opens, where it has a window.
    opens_at: Option<Timestamp>,
    /// When it closes.
    closes_at: Option<Timestamp>,
}

problems!(Refusals: SESSION, AUTHED, ANY);

/// Ask whether joining would work
///
/// The decision that join, token and sockets take, without joining.
#[utoipa::path(
    tag = "sessions",
    params(SessionPath),
    responses((status = 200, description = "The decision", body = CanJoinResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}/can-join")]
pub(crate) async fn read_can_join(
    principal: Authenticated,
    path: SessionPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    let decision = state.services.can_join(&principal, path.id).await?;
    Ok(HttpResponse::Ok().json(CanJoinResponse {
        allowed: decision.allowed,
        code: decision.code.map(mockly_domain::ErrorCode::as_str),
        message: decision.message,
        opens_at: decision.opens_at,
        closes_at: decision.closes_at,
    }))
}
