#![expect(clippy::option_option, reason = "left out, `null` and a value are three things")]

use actix_web::{HttpResponse, patch};
use mockly_service::ProfilePatch;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::user_response::UserResponse;
use crate::extract::json::given;
use crate::extract::{Authenticated, ValidJson};
use crate::openapi::problems::{ANY, AUTHED, BODY, problems};
use crate::problem::Problem;
use crate::state::State;
use crate::validate::{single_line, web_url};

/// What changes; what is left out, or `null`, stays (but `avatarUrl: null` takes the picture away).
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdateProfileRequest {
    /// The name that others see.
    #[schema(min_length = 1, max_length = 120)]
    #[validate(length(max = 120, message = "must have at most 120 characters"), custom(function = single_line))]
    display_name: Option<String>,
    /// Absolute http or https address of a picture; `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(format = "uri", max_length = 2048, value_type = Option<String>)]
    #[validate(length(max = 2048, message = "must have at most 2048 characters"), custom(function = web_url))]
    avatar_url: Option<Option<String>>,
}

problems!(Refusals: BODY, AUTHED, ANY);

/// Change one's own profile
///
/// A later token of an outside issuer may change it again.
#[utoipa::path(
    tag = "users",
    request_body(content = UpdateProfileRequest, example = json!({ "displayName": "Ada L.", "avatarUrl": null })),
    responses((status = 200, description = "The profile as it is now", body = UserResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[patch("/api/users/me")]
pub(crate) async fn update_profile(
    principal: Authenticated,
    ValidJson(body): ValidJson<UpdateProfileRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let UpdateProfileRequest { display_name, avatar_url } = body;
    let user = state.services.update_profile(&principal, ProfilePatch { display_name, avatar_url }).await?;
    Ok(HttpResponse::Ok().json(UserResponse::from(user)))
}
