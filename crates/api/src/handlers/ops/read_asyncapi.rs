use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, get};
use mockly_domain::ErrorCode;

use crate::openapi::problems::problems;

problems!(Refusals: &[ErrorCode::RateLimited, ErrorCode::Internal]);

/// Read the document of the sockets
///
/// AsyncAPI 3: every message of the doors of rooms and of the topics. Its schemas refer to this document.
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "The AsyncAPI document", body = serde_json::Value), Refusals),
    security(())
)]
#[get("/api-docs/asyncapi.json")]
pub(crate) async fn read_asyncapi() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::json()).body(crate::asyncapi::DOCUMENT)
}
