use actix_web::{HttpResponse, put};
use mockly_domain::ErrorCode;
use mockly_service::ChangePassword;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::response::{AuthResponse, signed_in};
use super::sign_in::count_try;
use crate::extract::{OwnToken, ValidJson};
use crate::openapi::problems::{ANY, BODY, TOKEN, problems};
use crate::problem::Problem;
use crate::request::Facts;
use crate::state::State;

/// A password in place of another.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangePasswordRequest {
    /// The password that the account has.
    #[schema(format = "password", min_length = 1, max_length = 128)]
    #[validate(length(min = 1, max = 128, message = "must have 1 to 128 characters"))]
    current_password: String,
    /// The password that it gets.
    #[schema(format = "password", min_length = 8, max_length = 128)]
    #[validate(length(min = 8, max = 128, message = "must have 8 to 128 characters"))]
    new_password: String,
}

problems!(Refusals: BODY, TOKEN, &[ErrorCode::Forbidden], ANY);

/// Change one's own password
///
/// Signs in anew and ends every other sign-in of the account: their refresh tokens are revoked, their access tokens run
/// out by themselves. Where the current password is wrong, `errors` names `currentPassword`. Limited as signing in is, and
/// with it. An account that signs in elsewhere has no password here: 403.
#[utoipa::path(
    tag = "auth",
    request_body(content = ChangePasswordRequest, example = json!({
        "currentPassword": "correct horse battery", "newPassword": "staple correct horse"
    })),
    responses(
        (status = 200, description = "The tokens that are good from now on", body = AuthResponse,
            headers(("Set-Cookie" = String, description = "The refresh token, for browsers"))),
        Refusals
    ),
    security(("bearer" = []))
)]
#[put("/api/auth/password")]
pub(crate) async fn change_password(
    facts: Facts,
    principal: OwnToken,
    ValidJson(body): ValidJson<ChangePasswordRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    // Sign-ins count under the address of the account, which the profile has too, unless a token of another service that
    // shares the secret has set another.
    let account = principal.user.email.as_deref().unwrap_or(principal.user_id().as_str());
    count_try(&facts, &state, account)?;
    let ChangePasswordRequest { current_password, new_password } = body;
    let change = ChangePassword { current: current_password, new: new_password };
    let tokens = state.services.change_password(&principal, change).await?;
    Ok(signed_in(HttpResponse::Ok(), tokens, &state.settings))
}
