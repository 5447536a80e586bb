use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::ClassResponse;
use crate::extract::{Authenticated, PageQuery, ValidQuery};
use crate::openapi::problems::{ANY, AUTHED, QUERY, problems};
use crate::problem::Problem;
use crate::state::State;

/// A page of classes.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClassListResponse {
    /// This page.
    items: Vec<ClassResponse>,
    /// How many there are on all pages.
    total: u64,
    /// Which page this is, from 0.
    page: u32,
    /// Rows of a full page.
    size: u32,
}

problems!(Refusals: QUERY, AUTHED, ANY);

/// List one's own classes
///
/// Those that the caller teaches or is enrolled in, newest first; an admin sees all.
#[utoipa::path(
    tag = "classes",
    params(PageQuery),
    responses((status = 200, description = "A page of classes", body = ClassListResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/classes")]
pub(crate) async fn list_classes(
    principal: Authenticated,
    ValidQuery(page): ValidQuery<PageQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let found = state.services.list_classes(&principal, page.into()).await?;
    Ok(HttpResponse::Ok().json(ClassListResponse {
        items: found.items.into_iter().map(ClassResponse::from).collect(),
        total: found.total,
        page: found.page,
        size: found.size,
    }))
}
