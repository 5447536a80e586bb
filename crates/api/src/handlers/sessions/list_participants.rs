use actix_web::{HttpResponse, get};
use mockly_domain::view::ParticipantView;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Authenticated, PageQuery, SessionPath, ValidQuery};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, QUERY, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// A page of participants.
#[derive(Serialize, ToSchema)]
pub(crate) struct ParticipantListResponse {
    /// This page.
    items: Vec<ParticipantView>,
    /// How many there are on all pages.
    total: u64,
    /// Which page this is, from 0.
    page: u32,
    /// Rows of a full page.
    size: u32,
}

problems!(Refusals: QUERY, SESSION, OWN_STATUS, AUTHED, ANY);

/// List a session's participants
#[utoipa::path(
    tag = "sessions",
    params(SessionPath, PageQuery),
    responses((status = 200, description = "A page of participants", body = ParticipantListResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}/participants")]
pub(crate) async fn list_participants(
    principal: Authenticated,
    path: SessionPath,
    ValidQuery(page): ValidQuery<PageQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let found = state.services.list_participants(&principal, path.id, page.into()).await?;
    Ok(HttpResponse::Ok().json(ParticipantListResponse {
        items: found.items,
        total: found.total,
        page: found.page,
        size: found.size,
    }))
}
