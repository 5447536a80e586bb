use actix_web::{HttpResponse, post};
use mockly_domain::{ErrorCode, ServiceKeyId, ServiceKeyScope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::extract::{OwnToken, ValidJson};
use crate::openapi::problems::{ANY, BODY, TOKEN, problems};
use crate::problem::Problem;
use crate::state::State;
use crate::validate::single_line;

/// A key for another service.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub(crate) struct CreateServiceKeyRequest {
    /// What to call it.
    #[schema(min_length = 1, max_length = 100)]
    #[validate(length(max = 100, message = "must have at most 100 characters"), custom(function = single_line))]
    name: String,
    /// What it may do: `USERS` makes users and keeps their profiles, `ACT_AS` speaks for a user on REST, `NOTIFICATIONS`
    /// sends them, `ANALYSES` reports what came of one.
    #[schema(min_items = 1, max_items = 16)]
    #[validate(length(min = 1, max = 16, message = "must have 1 to 16 entries"))]
    scopes: Vec<ServiceKeyScope>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedServiceKeyResponse {
    /// Id, to revoke it by.
    id: ServiceKeyId,
    /// What it is called.
    name: String,
    /// What it may do.
    scopes: Vec<ServiceKeyScope>,
    /// What goes into `X-API-Key`. It is shown this once and cannot be had again.
    #[schema(example = "mk_Wm1vY2tseS1leGFtcGxlLWtleS1ub3QtcmVhbC0wMDAwMDA")]
    key: String,
}

problems!(Refusals: BODY, TOKEN, ANY, &[ErrorCode::Forbidden, ErrorCode::LimitExceeded]);

/// Make a service key
///
/// For admins. The answer has the key, which is nowhere else: not in the list, not in the log, and only its hash in the
/// database.
#[utoipa::path(
    tag = "admin",
    request_body(content = CreateServiceKeyRequest, example = json!({
        "name": "Course platform", "scopes": ["USERS", "ACT_AS"]
    })),
    responses((status = 201, description = "The key", body = CreatedServiceKeyResponse, headers(
        ("Location" = String, description = "Where it is revoked")
    )), Refusals),
    security(("bearer" = []))
)]
#[post("/api/admin/service-keys")]
pub(crate) async fn create_service_key(
    principal: OwnToken,
    ValidJson(body): ValidJson<CreateServiceKeyRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let created = state.services.create_service_key(&principal, &body.name, body.scopes).await?;
    let (key, secret) = (created.key, created.secret);
    let location = format!("/api/admin/service-keys/{}", key.id);
    Ok(HttpResponse::Created().insert_header(("Location", location)).json(CreatedServiceKeyResponse {
        id: key.id,
        name: key.name,
        scopes: key.scopes,
        key: secret,
    }))
}
