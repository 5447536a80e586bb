//! `/api/auth` and `/api/ws/ticket`.

mod cookie;
mod create_ticket;
mod refresh_tokens;
mod register_account;
mod sign_in;
mod sign_out;

#[cfg(test)]
pub(super) use {cookie::RefreshTokenRequest, register_account::RegisterRequest, sign_in::SignInRequest};

use crate::handlers::Endpoints;
use actix_web::{HttpResponse, HttpResponseBuilder};
use mockly_domain::ErrorCode;
use mockly_service::SignedIn;
use serde::Serialize;
use utoipa::ToSchema;

use crate::handlers::users::UserResponse;
use crate::settings::HttpSettings;

/// What signing in with a password can give.
const CREDENTIALS: &[ErrorCode] = &[ErrorCode::InvalidCredentials];

pub(super) fn configure(config: &mut impl Endpoints) {
    config
        .service(register_account::register_account)
        .service(sign_in::sign_in)
        .service(refresh_tokens::refresh_tokens)
        .service(sign_out::sign_out)
        .service(create_ticket::create_ticket);
}

/// Tokens of an own account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthResponse {
    /// What other requests send as `Authorization: Bearer`.
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    expires_in: u64,
    /// What `/api/auth/refresh` takes, once. Browsers get it as a cookie too.
    refresh_token: String,
    /// Who signed in.
    user: UserResponse,
}

/// The tokens, in the body and in the cookie.
fn signed_in(mut response: HttpResponseBuilder, tokens: SignedIn, settings: &HttpSettings) -> HttpResponse {
    response.cookie(cookie::of_token(&tokens.refresh_token, tokens.refresh_expires_at, settings)).json(AuthResponse {
        access_token: tokens.access_token,
        token_type: "Bearer",
        expires_in: tokens.expires_in_sec,
        refresh_token: tokens.refresh_token,
        user: UserResponse::from(tokens.user),
    })
}
