use actix_web::{HttpResponse, get};
use mockly_domain::{ErrorCode, ServiceKey, ServiceKeyId, ServiceKeyScope, Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{OwnToken, PageQuery, ValidQuery};
use crate::openapi::problems::{ANY, QUERY, TOKEN, problems};
use crate::problem::Problem;
use crate::state::State;

/// A key of another service, without the key itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceKeyResponse {
    /// Id, to revoke it by.
    id: ServiceKeyId,
    /// What it is called.
    name: String,
    /// What it may do.
    scopes: Vec<ServiceKeyScope>,
    /// The admin who made it.
    created_by: UserId,
    /// When it was made.
    created_at: Timestamp,
}

impl From<ServiceKey> for ServiceKeyResponse {
    fn from(key: ServiceKey) -> Self {
        Self { id: key.id, name: key.name, scopes: key.scopes, created_by: key.created_by, created_at: key.created_at }
    }
}

/// A page of service keys.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServiceKeyListResponse {
    /// This page.
    items: Vec<ServiceKeyResponse>,
    /// How many there are on all pages.
    total: u64,
    /// Which page this is, from 0.
    page: u32,
    /// Rows of a full page.
    size: u32,
}

problems!(Refusals: QUERY, TOKEN, ANY, &[ErrorCode::Forbidden]);

/// List service keys
///
/// For admins. Those that can be used, oldest first, without the keys themselves.
#[utoipa::path(
    tag = "admin",
    params(PageQuery),
    responses((status = 200, description = "A page of service keys", body = ServiceKeyListResponse), Refusals),
    security(("bearer" = []))
)]
#[get("/api/admin/service-keys")]
pub(crate) async fn list_service_keys(
    principal: OwnToken,
    ValidQuery(page): ValidQuery<PageQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let found = state.services.list_service_keys(&principal, page.into()).await?;
    Ok(HttpResponse::Ok().json(ServiceKeyListResponse {
        items: found.items.into_iter().map(ServiceKeyResponse::from).collect(),
        total: found.total,
        page: found.page,
        size: found.size,
    }))
}
