//! What every way of signing in answers.

use actix_web::{HttpResponse, HttpResponseBuilder};
use mockly_domain::ErrorCode;
use mockly_service::SignedIn;
use serde::Serialize;
use utoipa::ToSchema;

use super::cookie;
use crate::handlers::users::UserResponse;
use crate::settings::HttpSettings;

/// What signing in with a password can give.
pub(super) const CREDENTIALS: &[ErrorCode] = &[ErrorCode::InvalidCredentials, ErrorCode::ServiceKeyScope];

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
pub(super) fn signed_in(mut response: HttpResponseBuilder, tokens: SignedIn, settings: &HttpSettings) -> HttpResponse {
    response.cookie(cookie::of_token(&tokens.refresh_token, tokens.refresh_expires_at, settings)).json(AuthResponse {
        access_token: tokens.access_token,
        token_type: "Bearer",
        expires_in: tokens.expires_in_sec,
        refresh_token: tokens.refresh_token,
        user: UserResponse::from(tokens.user),
    })
}
