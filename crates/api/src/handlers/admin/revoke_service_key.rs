use actix_web::{HttpResponse, delete};
use mockly_domain::{ErrorCode, ServiceKeyId};

use crate::extract::{IdPath, OwnToken};
use crate::openapi::problems::{ANY, TOKEN, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: TOKEN, ANY, &[ErrorCode::InvalidId, ErrorCode::Forbidden, ErrorCode::ServiceKeyNotFound]);

/// Revoke a service key
///
/// For admins. The next request with it is 401 `invalid-service-key`.
#[utoipa::path(
    tag = "admin",
    params(IdPath),
    responses((status = 204, description = "The key is gone"), Refusals),
    security(("bearer" = []))
)]
#[delete("/api/admin/service-keys/{id}")]
pub(crate) async fn revoke_service_key(
    principal: OwnToken,
    path: IdPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    state.services.revoke_service_key(&principal, path.of(ServiceKeyId)).await?;
    Ok(HttpResponse::NoContent().finish())
}
