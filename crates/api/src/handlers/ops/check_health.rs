use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use mockly_domain::ErrorCode;

use crate::openapi::problems::problems;

/// That the process runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct HealthResponse {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

problems!(Refusals: &[ErrorCode::Internal]);

/// Ask whether the process runs
///
/// Says nothing about what it depends on: a database that is away is no reason to restart the server.
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "It runs", body = HealthResponse), Refusals),
    security(())
)]
#[get("/healthz")]
pub(crate) async fn check_health() -> HttpResponse {
    HttpResponse::Ok().json(HealthResponse { status: "ok" })
}
