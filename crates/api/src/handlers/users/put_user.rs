#![expect(clippy::option_option, reason = "left out, `null` and a value are three things")]

use actix_web::{HttpResponse, put};
use mockly_domain::{ErrorCode, UserRole};
use mockly_service::PutUser;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::user_response::UserResponse;
use crate::extract::json::given;
use crate::extract::{Identified, UserPath, ValidJson};
use crate::openapi::problems::{ANY, AUTHED, BODY, problems};
use crate::problem::Problem;
use crate::state::State;
use crate::validate::{single_line, web_url};

/// A user as the calling service knows them; what is left out stays as it is.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PutUserRequest {
    /// The name that others see.
    #[schema(min_length = 1, max_length = 120)]
    #[validate(length(max = 120, message = "must have at most 120 characters"), custom(function = single_line))]
    display_name: String,
    /// E-mail address, which counts as not confirmed; `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(format = "email", max_length = 254, value_type = Option<String>)]
    #[validate(length(max = 254, message = "must have at most 254 characters"))]
    email: Option<Option<String>>,
    /// Absolute http or https address of a picture; `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(format = "uri", max_length = 2048, value_type = Option<String>)]
    #[validate(length(max = 2048, message = "must have at most 2048 characters"), custom(function = web_url))]
    avatar_url: Option<Option<String>>,
    /// What the user may do account-wide, all of it; not ADMIN. MEMBER is everyone's.
    #[schema(max_items = 16)]
    #[validate(length(max = 16, message = "must have at most 16 entries"))]
    roles: Option<Vec<UserRole>>,
}

problems!(Refusals: BODY, AUTHED, ANY, &[ErrorCode::InvalidId]);

/// Make or change a user
///
/// For services whose key has the scope USERS: users can be named in sessions and classes before they first sign in. The
/// id is the one that their tokens will have; whose tokens speak for it, the first one decides. Newer tokens change the
/// profile again. Admins and own accounts are out of a key's reach.
#[utoipa::path(
    tag = "users",
    params(UserPath),
    request_body(content = PutUserRequest, example = json!({
        "displayName": "Ada Lovelace", "email": "ada@example.org", "roles": ["MENTOR"]
    })),
    responses(
        (status = 200, description = "The user as they are now", body = UserResponse),
        (status = 201, description = "The user, who is new", body = UserResponse),
        Refusals
    ),
    security(("apiKey" = []))
)]
#[put("/api/users/{id}")]
pub(crate) async fn put_user(
    caller: Identified,
    path: UserPath,
    ValidJson(body): ValidJson<PutUserRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let PutUserRequest { display_name, email, avatar_url, roles } = body;
    let wanted = PutUser { display_name, email, avatar_url, roles };
    let (user, is_new) = state.services.put_user(caller.requester(), &path.id, wanted).await?;
    let mut answer = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(answer.json(UserResponse::from(user)))
}
