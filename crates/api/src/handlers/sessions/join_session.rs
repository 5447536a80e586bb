use actix_web::{HttpResponse, post};
use mockly_domain::ParticipantRole;
use mockly_domain::view::SessionView;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::answer;
use crate::extract::{Authenticated, OptionalJson, SessionPath};
use crate::openapi::headers::KeyHeader;
use crate::openapi::problems::{ANY, AUTHED, BODY, JOIN, KEYED, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// How to join.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JoinSessionRequest {
    /// The role that the caller expects to have; another is refused.
    role: Option<ParticipantRole>,
}

problems!(Refusals: BODY, KEYED, SESSION, JOIN, AUTHED, ANY);

/// Join a session
///
/// Joining twice changes nothing. The first join of an INTERVIEW makes it ACTIVE. With admission KNOCK the caller may
/// have to wait: see the own `status` in the answer. A refusal answers like `can-join` does, as a problem document.
#[utoipa::path(
    tag = "sessions",
    params(SessionPath, KeyHeader),
    request_body(content = Option<JoinSessionRequest>, example = json!({ "role": "CANDIDATE" })),
    responses(
        (status = 200, description = "The session with the caller in it", body = SessionView,
            headers(("ETag" = String, description = "Its version"))),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[post("/api/sessions/{id}/join")]
pub(crate) async fn join_session(
    principal: Authenticated,
    path: SessionPath,
    OptionalJson(body): OptionalJson<JoinSessionRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let view = state.services.join_session(&principal, path.id, body.role).await?;
    Ok(answer::session(&view))
}
