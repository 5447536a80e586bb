use actix_web::{HttpResponse, post};
use mockly_domain::{ErrorCode, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{ArtifactPath, Authenticated};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// A link to the bytes of one file.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContentLinkResponse {
    /// Where the bytes are. Whoever has it reads them as the caller would, so keep it as a token is kept.
    #[schema(format = "uri")]
    url: String,
    /// When it can no longer be used.
    expires_at: Timestamp,
}

problems!(Refusals: SESSION, OWN_STATUS, AUTHED, ANY, &[ErrorCode::Waiting, ErrorCode::ArtifactNotFound]);

/// Get a link to a file's bytes
///
/// For players and downloads, which can send no header: reads this one file, with ranges, for an hour, as long as the
/// caller may read it.
#[utoipa::path(
    tag = "artifacts",
    params(ArtifactPath),
    responses((status = 200, description = "The link", body = ContentLinkResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[post("/api/sessions/{id}/artifacts/{artifactId}/content-link")]
pub(crate) async fn create_content_link(
    principal: Authenticated,
    path: ArtifactPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    let link = state.services.link_artifact(&principal, path.id, path.artifact_id).await?;
    Ok(HttpResponse::Ok().json(ContentLinkResponse { url: link.url, expires_at: link.expires_at }))
}
