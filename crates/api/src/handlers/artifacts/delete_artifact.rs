use actix_web::{HttpResponse, delete};
use mockly_domain::ErrorCode;

use crate::extract::{ArtifactPath, Authenticated};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: SESSION, OWN_STATUS, AUTHED, ANY, &[
    ErrorCode::Waiting,
    ErrorCode::Forbidden,
    ErrorCode::ArtifactNotFound,
]);

/// Delete a file
///
/// For whoever uploaded it, hosts and admins. Its analyses go with it, and everyone in the session is told.
#[utoipa::path(
    tag = "artifacts",
    params(ArtifactPath),
    responses((status = 204, description = "The file is gone"), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[delete("/api/sessions/{id}/artifacts/{artifactId}")]
pub(crate) async fn delete_artifact(
    principal: Authenticated,
    path: ArtifactPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    state.services.delete_artifact(&principal, path.id, path.artifact_id).await?;
    Ok(HttpResponse::NoContent().finish())
}
