use actix_web::{HttpRequest, HttpResponse, get};
use mockly_domain::ErrorCode;

use crate::download;
use crate::extract::{ArtifactPath, Authenticated};
use crate::openapi::headers::{IfNoneMatchContentHeader, RangeHeaders};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, QUERY, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: QUERY, SESSION, OWN_STATUS, AUTHED, ANY, &[
    ErrorCode::Waiting,
    ErrorCode::ArtifactNotFound,
    ErrorCode::RangeNotSatisfiable,
]);

/// Read a file's bytes
///
/// Always as an attachment, and never as something that a browser runs: what is neither sound, picture, film, PDF,
/// JSON nor plain text comes as `application/octet-stream`. The `ETag` is the file's SHA-256. A download that broke off
/// goes on with `Range` and `If-Range`; of several ranges at once the whole file is answered.
#[utoipa::path(
    tag = "artifacts",
    params(ArtifactPath, RangeHeaders, IfNoneMatchContentHeader),
    responses(
        (status = 200, description = "All bytes", content_type = "application/octet-stream"),
        (status = 206, description = "The bytes that `Range` asks for", content_type = "application/octet-stream"),
        (status = 304, description = "The caller has them already"),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/sessions/{id}/artifacts/{artifactId}/content")]
pub(crate) async fn read_artifact_content(
    principal: Authenticated,
    path: ArtifactPath,
    request: HttpRequest,
    state: State,
) -> Result<HttpResponse, Problem> {
    let file = state.services.open_artifact(&principal, path.id, path.artifact_id).await?;
    download::answer(&request, file).await
}
