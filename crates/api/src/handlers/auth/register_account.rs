use actix_web::{HttpResponse, post};
use mockly_domain::ErrorCode;
use mockly_service::Register;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::response::{AuthResponse, signed_in};
use crate::address::rate_key;
use crate::extract::ValidJson;
use crate::openapi::problems::{ANY, BODY, problems};
use crate::problem::Problem;
use crate::request::Facts;
use crate::state::State;
use crate::validate::single_line;

/// A new account.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegisterRequest {
    /// E-mail address; one account each.
    #[schema(format = "email", max_length = 254)]
    #[validate(
        length(max = 254, message = "must have at most 254 characters"),
        email(message = "must be an e-mail address")
    )]
    email: String,
    /// Password.
    #[schema(format = "password", min_length = 8, max_length = 128)]
    #[validate(length(min = 8, max = 128, message = "must have 8 to 128 characters"))]
    password: String,
    /// The name that others see.
    #[schema(min_length = 1, max_length = 120)]
    #[validate(length(max = 120, message = "must have at most 120 characters"), custom(function = single_line))]
    display_name: String,
}

problems!(Refusals: BODY, ANY, &[
    ErrorCode::RegistrationClosed,
    ErrorCode::EmailTaken,
    ErrorCode::ServiceKeyScope,
]);

/// Make an own account
///
/// Signs in at once. Where registration is closed, only whoever runs the server makes accounts.
#[utoipa::path(
    tag = "auth",
    request_body(content = RegisterRequest, example = json!({
        "email": "ada@example.org", "password": "correct horse battery", "displayName": "Ada Lovelace"
    })),
    responses(
        (status = 201, description = "The tokens", body = AuthResponse, headers(
            ("Location" = String, description = "The profile"),
            ("Set-Cookie" = String, description = "The refresh token, for browsers")
        )),
        Refusals
    ),
    security(())
)]
#[post("/api/auth/register")]
pub(crate) async fn register_account(
    facts: Facts,
    ValidJson(body): ValidJson<RegisterRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let address = rate_key(facts.client);
    facts.count(state.limits.sign_in_per_address.check(address), "sign-ins from one address")?;
    let RegisterRequest { email, password, display_name } = body;
    let tokens = state.services.register(Register { email, password, display_name }).await?;
    let mut response = HttpResponse::Created();
    response.insert_header(("Location", "/api/users/me"));
    Ok(signed_in(response, tokens, &state.settings))
}
