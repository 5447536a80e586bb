use actix_web::{HttpResponse, get};
use mockly_domain::ErrorCode;
use mockly_domain::view::ArtifactView;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Authenticated, PageQuery, SessionPath, ValidQuery};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, QUERY, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// A page of files.
#[derive(Serialize, ToSchema)]
pub(crate) struct ArtifactListResponse {
    /// This page.
    items: Vec<ArtifactView>,
    /// How many there are on all pages.
    total: u64,
    /// Which page this is, from 0.
    page: u32,
    /// Rows of a full page.
    size: u32,
}

problems!(Refusals: QUERY, SESSION, OWN_STATUS, AUTHED, ANY, &[ErrorCode::Waiting]);

/// List a session's files
///
/// Oldest first; a session has at most 100.
#[utoipa::path(
    tag = "artifacts",
    params(SessionPath, PageQuery),
    responses((status = 200, description = "A page of files", body = ArtifactListResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}/artifacts")]
pub(crate) async fn list_artifacts(
    principal: Authenticated,
    path: SessionPath,
    ValidQuery(page): ValidQuery<PageQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let files = state.services.list_artifacts(&principal, path.id, page.into()).await?;
    let (total, page, size) = (files.total, files.page, files.size);
    Ok(HttpResponse::Ok().json(ArtifactListResponse { items: files.items, total, page, size }))
}
