use actix_web::{HttpResponse, delete};
use mockly_domain::ErrorCode;

use crate::extract::{Authenticated, StudentPath};
use crate::openapi::problems::{ANY, AUTHED, CLASS, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: CLASS, AUTHED, ANY, &[ErrorCode::NotTheTeacher]);

/// Take a student out of a class
///
/// For the teacher and admins. The student is removed from the class's sessions that are not over; what they attended
/// before stays theirs to read. Taking out somebody who is not enrolled changes nothing.
#[utoipa::path(
    tag = "classes",
    params(StudentPath),
    responses((status = 204, description = "The user is not enrolled"), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[delete("/api/classes/{id}/students/{userId}")]
pub(crate) async fn unenrol_student(
    principal: Authenticated,
    path: StudentPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    state.services.unenrol_student(&principal, path.id, &path.user_id).await?;
    Ok(HttpResponse::NoContent().finish())
}
