use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get};
use mockly_domain::ErrorCode;

use super::download;
use crate::extract::range::{Wanted, wanted};
use crate::extract::{ArtifactPath, Authenticated, precondition};
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
    let artifact = &file.artifact;
    let etag = format!("\"{}\"", artifact.sha256);
    let size = u64::try_from(artifact.size_bytes).unwrap_or_default();
    if precondition::is_known_tag(request.headers(), &artifact.sha256)? {
        let mut response = HttpResponse::NotModified();
        return Ok(response.insert_header((header::ETAG, etag)).insert_header(download::CACHED).finish());
    }
    let (start, length, mut response) = match wanted(request.headers(), &etag, size) {
        Wanted::Whole => (0, size, HttpResponse::Ok()),
        Wanted::Part { start, length } => {
            let range = format!("bytes {start}-{}/{size}", start + length - 1);
            let mut response = HttpResponse::PartialContent();
            response.insert_header((header::CONTENT_RANGE, range));
            (start, length, response)
        }
        Wanted::Beyond => {
            let detail = format!("The file has {size} bytes, counted from 0.");
            let problem = Problem::new(ErrorCode::RangeNotSatisfiable, detail);
            return Err(problem.content_range(format!("bytes */{size}")));
        }
    };
    response.insert_header((header::ETAG, etag));
    download::describe(&mut response, artifact);
    Ok(response.body(download::body(file.seek(start).await?, length)))
}
