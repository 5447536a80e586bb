use actix_web::{HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::response::{AuthResponse, CREDENTIALS, signed_in};
use crate::address::rate_key;
use crate::extract::ValidJson;
use crate::openapi::problems::{ANY, BODY, problems};
use crate::problem::Problem;
use crate::request::Facts;
use crate::state::State;

/// Who signs in.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignInRequest {
    /// E-mail address of the account.
    #[schema(min_length = 1, max_length = 254)]
    #[validate(length(min = 1, max = 254, message = "must have 1 to 254 characters"))]
    email: String,
    /// Its password.
    #[schema(format = "password", min_length = 1, max_length = 128)]
    #[validate(length(min = 1, max = 128, message = "must have 1 to 128 characters"))]
    password: String,
}

problems!(Refusals: BODY, CREDENTIALS, ANY);

/// Sign in
///
/// Limited per account and address, whether the password is right or not.
#[utoipa::path(
    tag = "auth",
    request_body(content = SignInRequest, example = json!({
        "email": "ada@example.org", "password": "correct horse battery"
    })),
    responses(
        (status = 200, description = "The tokens", body = AuthResponse,
            headers(("Set-Cookie" = String, description = "The refresh token, for browsers"))),
        Refusals
    ),
    security(())
)]
#[post("/api/auth/login")]
pub(crate) async fn sign_in(
    facts: Facts,
    ValidJson(body): ValidJson<SignInRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    count_try(&facts, &state, &body.email)?;
    let tokens = state.services.sign_in(&body.email, &body.password).await?;
    Ok(signed_in(HttpResponse::Ok(), tokens, &state.settings))
}

/// Counts one try at the password of an account.
pub(super) fn count_try(facts: &Facts, state: &State, email: &str) -> Result<(), Problem> {
    let address = rate_key(facts.client);
    facts.count(state.limits.sign_in_per_address.check(address), "sign-ins from one address")?;
    let account = (email.trim().to_lowercase(), address);
    facts.count(state.limits.sign_in_per_account.check(account), "sign-ins to this account")
}
