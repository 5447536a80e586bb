use actix_web::{HttpResponse, get};
use mockly_domain::ErrorCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::analysis_response::AnalysisResponse;
use crate::extract::{Authenticated, PageQuery, SessionPath, ValidQuery};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, QUERY, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// A page of analyses.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnalysisListResponse {
    /// This page.
    items: Vec<AnalysisResponse>,
    /// How many there are on all pages.
    total: u64,
    /// Which page this is, from 0.
    page: u32,
    /// Rows of a full page.
    size: u32,
}

problems!(Refusals: QUERY, SESSION, OWN_STATUS, AUTHED, ANY, &[ErrorCode::Waiting]);

/// List the analyses of a session's recordings
///
/// Newest first, without their figures, which `GET /api/analyses/{id}` has. Of each recording the newest 20 are kept.
#[utoipa::path(
    tag = "artifacts",
    params(SessionPath, PageQuery),
    responses((status = 200, description = "A page of analyses", body = AnalysisListResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}/analyses")]
pub(crate) async fn list_analyses(
    principal: Authenticated,
    path: SessionPath,
    ValidQuery(page): ValidQuery<PageQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let analyses = state.services.list_analyses(&principal, path.id, page.into()).await?;
    let (total, page, size) = (analyses.total, analyses.page, analyses.size);
    let items = analyses.items.into_iter().map(AnalysisResponse::from).collect();
    Ok(HttpResponse::Ok().json(AnalysisListResponse { items, total, page, size }))
}
