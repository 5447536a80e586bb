use std::str::FromStr as _;

use actix_web::{HttpResponse, get};
use mockly_domain::{ErrorCode, JobState};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::job_response::JobResponse;
use crate::extract::{FromQuery, OwnToken, PageQuery, QueryReader, ValidQuery};
use crate::openapi::problems::{ANY, QUERY, TOKEN, problems};
use crate::problem::Problem;
use crate::state::State;

/// Which jobs.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListJobsQuery {
    /// Only those in this state: `WAITING` was not tried yet, `RETRYING` failed and is tried again, `DEAD` failed for
    /// good.
    state: Option<JobState>,
}

impl FromQuery for ListJobsQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self { state: query.read("state", JobState::from_str) }
    }
}

/// A page of jobs.
#[derive(Serialize, ToSchema)]
pub(crate) struct JobListResponse {
    /// This page.
    items: Vec<JobResponse>,
    /// How many there are on all pages.
    total: u64,
    /// Which page this is, from 0.
    page: u32,
    /// Rows of a full page.
    size: u32,
}

problems!(Refusals: QUERY, TOKEN, ANY, &[ErrorCode::Forbidden]);

/// List jobs
///
/// For admins. Follow-up work and deadlines: what died last first, then by when it is due. A job that is done is gone; a
/// dead one is kept for 30 days.
#[utoipa::path(
    tag = "admin",
    params(ListJobsQuery, PageQuery),
    responses((status = 200, description = "A page of jobs", body = JobListResponse), Refusals),
    security(("bearer" = []))
)]
#[get("/api/admin/jobs")]
pub(crate) async fn list_jobs(
    principal: OwnToken,
    ValidQuery(query): ValidQuery<ListJobsQuery>,
    ValidQuery(page): ValidQuery<PageQuery>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let found = state.services.list_jobs(&principal, query.state, page.into()).await?;
    Ok(HttpResponse::Ok().json(JobListResponse {
        items: found.items.into_iter().map(JobResponse::from).collect(),
        total: found.total,
        page: found.page,
        size: found.size,
    }))
}
