use actix_web::{HttpResponse, post};
use mockly_domain::{ErrorCode, UserId};
use mockly_service::CreateClass;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::view::ClassResponse;
use crate::extract::{Authenticated, ValidJson};
use crate::openapi::headers::KeyHeader;
use crate::openapi::problems::{ANY, AUTHED, BODY, KEYED, problems};
use crate::problem::Problem;
use crate::state::State;
use crate::validate::{many_lines, single_line};

/// A new class.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateClassRequest {
    /// Name.
    #[schema(min_length = 1, max_length = 200)]
    #[validate(length(max = 200, message = "must have at most 200 characters"), custom(function = single_line))]
    name: String,
    /// Text below it.
    #[schema(max_length = 4000)]
    #[validate(length(max = 4000, message = "must have at most 4000 characters"), custom(function = many_lines))]
    description: Option<String>,
    /// Who teaches, a user with the role TEACHER; the caller where left out. Only admins name somebody else.
    teacher_id: Option<UserId>,
}

problems!(Refusals: BODY, KEYED, AUTHED, ANY, &[
    ErrorCode::Forbidden,
    ErrorCode::UnknownUser,
    ErrorCode::NotATeacher,
]);

/// Create a class
///
/// For users with the role TEACHER, and for admins, who name the teacher.
#[utoipa::path(
    tag = "classes",
    params(KeyHeader),
    request_body(content = CreateClassRequest, example = json!({ "name": "Algebra I", "description": "Mondays at ten." })),
    responses(
        (status = 201, description = "The class", body = ClassResponse, headers(
            ("Location" = String, description = "Where the class is"),
            ("ETag" = String, description = "Its version")
        )),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[post("/api/classes")]
pub(crate) async fn create_class(
    principal: Authenticated,
    ValidJson(body): ValidJson<CreateClassRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let wanted = CreateClass { name: body.name, description: body.description, teacher_id: body.teacher_id };
    let class = state.services.create_class(&principal, wanted).await?;
    Ok(ClassResponse::from(class).created())
}
