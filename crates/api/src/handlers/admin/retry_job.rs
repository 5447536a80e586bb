use actix_web::{HttpResponse, post};
use mockly_domain::{ErrorCode, JobId};

use super::job_response::JobResponse;
use crate::extract::{IdPath, OwnToken};
use crate::openapi::problems::{ANY, TOKEN, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: TOKEN, ANY, &[
    ErrorCode::InvalidId,
    ErrorCode::JobNotDead,
    ErrorCode::Forbidden,
    ErrorCode::JobNotFound,
]);

/// Have a dead job tried again
///
/// For admins. It is due at once and has as many tries as a new one. Any other job is tried by itself.
#[utoipa::path(
    tag = "admin",
    params(IdPath),
    responses((status = 200, description = "The job as it is now", body = JobResponse), Refusals),
    security(("bearer" = []))
)]
#[post("/api/admin/jobs/{id}/retry")]
pub(crate) async fn retry_job(principal: OwnToken, path: IdPath, state: State) -> Result<HttpResponse, Problem> {
    let job = state.services.retry_job(&principal, path.of(JobId)).await?;
    Ok(HttpResponse::Ok().json(JobResponse::from(job)))
}
