use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get};

use super::view::ClassResponse;
use crate::extract::precondition::{etag, is_known};
use crate::extract::{Authenticated, ClassPath};
use crate::openapi::headers::IfNoneMatchHeader;
use crate::openapi::problems::{ANY, AUTHED, CLASS, QUERY, problems};
use crate::problem::Problem;
use crate::state::State;
use mockly_domain::ErrorCode;

problems!(Refusals: QUERY, CLASS, AUTHED, ANY, &[ErrorCode::AccessDenied]);

/// Read a class
///
/// For its teacher, its students and admins.
#[utoipa::path(
    tag = "classes",
    params(ClassPath, IfNoneMatchHeader),
    responses(
        (status = 200, description = "The class", body = ClassResponse,
            headers(("ETag" = String, description = "Its version"))),
        (status = 304, description = "The class is as the caller knows it"),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/classes/{id}")]
pub(crate) async fn read_class(
    principal: Authenticated,
    path: ClassPath,
    request: HttpRequest,
    state: State,
) -> Result<HttpResponse, Problem> {
    let class = ClassResponse::from(state.services.read_class(&principal, path.id).await?);
    if is_known(request.headers(), class.version())? {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, etag(class.version()))).finish());
    }
    Ok(class.answer())
}
