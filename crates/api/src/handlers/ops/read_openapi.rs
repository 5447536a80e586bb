use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, get};
use mockly_domain::ErrorCode;

use crate::openapi::problems::problems;

problems!(Refusals: &[ErrorCode::RateLimited, ErrorCode::Internal]);

/// Read this document
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "The OpenAPI document", body = serde_json::Value), Refusals),
    security(())
)]
#[get("/api-docs/openapi.json")]
pub(crate) async fn read_openapi() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::json()).body(crate::openapi::DOCUMENT)
}
