use actix_web::{HttpResponse, delete};
use mockly_domain::ErrorCode;

use crate::extract::{Authenticated, ClassPath};
use crate::openapi::problems::{ANY, AUTHED, CLASS, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: CLASS, AUTHED, ANY, &[ErrorCode::NotTheTeacher, ErrorCode::SessionActive]);

/// Delete a class
///
/// For its teacher and admins. Its planned sessions are canceled first, so that everyone hears of it; those that are
/// over stay readable and keep the class's name.
#[utoipa::path(
    tag = "classes",
    params(ClassPath),
    responses((status = 204, description = "It is gone"), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[delete("/api/classes/{id}")]
pub(crate) async fn delete_class(
    principal: Authenticated,
    path: ClassPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    state.services.delete_class(&principal, path.id).await?;
    Ok(HttpResponse::NoContent().finish())
}
