use actix_web::{HttpResponse, put};
use mockly_domain::ErrorCode;

use crate::extract::{Authenticated, StudentPath};
use crate::openapi::problems::{ANY, AUTHED, CLASS, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: CLASS, AUTHED, ANY, &[
    ErrorCode::NotTheTeacher,
    ErrorCode::UnknownUser,
    ErrorCode::SameUser,
    ErrorCode::LimitExceeded,
]);

/// Enrol a student
///
/// For the teacher and admins. Enrolling twice changes nothing; one who was taken out of a session that is still open
/// may come again.
#[utoipa::path(
    tag = "classes",
    params(StudentPath),
    responses((status = 204, description = "The user is enrolled"), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[put("/api/classes/{id}/students/{userId}")]
pub(crate) async fn enrol_student(
    principal: Authenticated,
    path: StudentPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    state.services.enrol_student(&principal, path.id, &path.user_id).await?;
    Ok(HttpResponse::NoContent().finish())
}
