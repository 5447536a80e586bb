use actix_web::{HttpResponse, get};
use mockly_domain::ErrorCode;
use mockly_domain::view::ArtifactView;

use crate::extract::{ArtifactPath, Authenticated};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: SESSION, OWN_STATUS, AUTHED, ANY, &[ErrorCode::Waiting, ErrorCode::ArtifactNotFound]);

/// Read what is known about a file
#[utoipa::path(
    tag = "artifacts",
    params(ArtifactPath),
    responses((status = 200, description = "The file", body = ArtifactView), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}/artifacts/{artifactId}")]
pub(crate) async fn read_artifact(
    principal: Authenticated,
    path: ArtifactPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    let file = state.services.read_artifact(&principal, path.id, path.artifact_id).await?;
    Ok(HttpResponse::Ok().json(file))
}
