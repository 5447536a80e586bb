#![expect(clippy::option_option, reason = "left out, `null` and a value are three things")]

use actix_web::{HttpRequest, HttpResponse, patch};
use mockly_domain::ErrorCode;
use mockly_service::PatchClass;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::view::ClassResponse;
use crate::extract::json::given;
use crate::extract::precondition::if_match;
use crate::extract::{Authenticated, ClassPath, ValidJson};
use crate::openapi::headers::IfMatchHeader;
use crate::openapi::problems::{ANY, AUTHED, BODY, CLASS, QUERY, problems};
use crate::problem::Problem;
use crate::state::State;
use crate::validate::{many_lines, single_line};

/// What changes; what is left out, or `null`, stays (but `description: null` takes the description away).
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdateClassRequest {
    /// Name.
    #[schema(min_length = 1, max_length = 200)]
    #[validate(length(max = 200, message = "must have at most 200 characters"), custom(function = single_line))]
    name: Option<String>,
    /// Text below it; `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 4000, value_type = Option<String>)]
    #[validate(length(max = 4000, message = "must have at most 4000 characters"), custom(function = many_lines))]
    description: Option<Option<String>>,
}

problems!(Refusals: BODY, QUERY, CLASS, AUTHED, ANY, &[ErrorCode::NotTheTeacher, ErrorCode::StaleVersion]);

/// Change a class
///
/// For its teacher and admins. With `If-Match`, only where nobody has changed it in between.
#[utoipa::path(
    tag = "classes",
    params(ClassPath, IfMatchHeader),
    request_body(content = UpdateClassRequest, example = json!({ "name": "Algebra II" })),
    responses(
        (status = 200, description = "The class as it is now", body = ClassResponse,
            headers(("ETag" = String, description = "Its version"))),
        Refusals
    ),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[patch("/api/classes/{id}")]
pub(crate) async fn update_class(
    principal: Authenticated,
    path: ClassPath,
    request: HttpRequest,
    ValidJson(body): ValidJson<UpdateClassRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let version = if_match(request.headers())?;
    let patch = PatchClass { name: body.name, description: body.description };
    let class = state.services.patch_class(&principal, path.id, version, patch).await?;
    Ok(ClassResponse::from(class).answer())
}
