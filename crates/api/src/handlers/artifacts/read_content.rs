use actix_web::{FromRequest as _, HttpRequest, HttpResponse, get};
use mockly_domain::ErrorCode;
use utoipa::IntoParams;

use crate::download;
use crate::extract::{ArtifactPath, Authenticated, FromQuery, QueryReader, ValidQuery};
use crate::openapi::headers::{IfNoneMatchContentHeader, RangeHeaders};
use crate::openapi::problems::{ANY, AUTHED, OWN_STATUS, QUERY, SESSION, problems};
use crate::problem::Problem;
use crate::state::State;

/// Longest link that is looked at: a user's id of 128 characters of 4 bytes each is 683 characters in it.
const LINK_CHARS_MAX: usize = 1_000;

/// What takes the place of a token.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinkQuery {
    /// As the `url` of `POST …/content-link` has it.
    #[param(max_length = 1_000)]
    link: Option<String>,
}

impl FromQuery for LinkQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self { link: query.text("link", LINK_CHARS_MAX) }
    }
}

problems!(Refusals: QUERY, SESSION, OWN_STATUS, AUTHED, ANY, &[
    ErrorCode::InvalidLink,
    ErrorCode::Waiting,
    ErrorCode::ArtifactNotFound,
    ErrorCode::RangeNotSatisfiable,
]);

/// Read a file's bytes
///
/// Always as an attachment, and never as something that a browser runs: what is neither sound, picture, film, PDF,
/// JSON nor plain text comes as `application/octet-stream`. The `ETag` is the file's SHA-256. A download that broke off
/// goes on with `Range` and `If-Range`; of several ranges at once the whole file is answered. A `link` of
/// `POST …/content-link` takes the place of a token.
#[utoipa::path(
    tag = "artifacts",
    params(ArtifactPath, LinkQuery, RangeHeaders, IfNoneMatchContentHeader),
    responses(
        (status = 200, description = "All bytes", content_type = "application/octet-stream"),
        (status = 206, description = "The bytes that `Range` asks for", content_type = "application/octet-stream"),
        (status = 304, description = "The caller has them already"),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []), ())
)]
#[get("/api/sessions/{id}/artifacts/{artifactId}/content")]
pub(crate) async fn read_artifact_content(
    path: ArtifactPath,
    ValidQuery(query): ValidQuery<LinkQuery>,
    request: HttpRequest,
    state: State,
) -> Result<HttpResponse, Problem> {
    let caller = match &query.link {
        Some(link) => Authenticated::by_link(&request, &state, path.artifact_id, link).await?,
        None => Authenticated::extract(&request).await?,
    };
    let file = state.services.open_artifact(&caller, path.id, path.artifact_id).await?;
    download::answer(&request, file).await
}
