use actix_web::{HttpRequest, HttpResponse, post};
use mockly_domain::ErrorCode;

use super::cookie::RefreshTokenRequest;
use super::response::{AuthResponse, signed_in};
use crate::address::rate_key;
use crate::extract::OptionalJson;
use crate::openapi::problems::{ANY, BODY, problems};
use crate::problem::Problem;
use crate::request::Facts;
use crate::state::State;

problems!(Refusals: BODY, ANY, &[ErrorCode::InvalidRefreshToken, ErrorCode::ServiceKeyScope]);

/// Get new tokens
///
/// A refresh token works once; one that comes a second time was stolen, and ends every token that came from it.
#[utoipa::path(
    tag = "auth",
    request_body(content = Option<RefreshTokenRequest>, description = "Left out where the cookie carries the token"),
    responses(
        (status = 200, description = "The tokens", body = AuthResponse,
            headers(("Set-Cookie" = String, description = "The refresh token, for browsers"))),
        Refusals
    ),
    security(())
)]
#[post("/api/auth/refresh")]
pub(crate) async fn refresh_tokens(
    request: HttpRequest,
    facts: Facts,
    OptionalJson(body): OptionalJson<RefreshTokenRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    facts.count(state.limits.sign_in_per_address.check(rate_key(facts.client)), "sign-ins from one address")?;
    let token = body.token(&request, &state.settings).ok_or_else(|| {
        Problem::new(ErrorCode::InvalidRefreshToken, "Send `refreshToken`, or the cookie that signing in has set.")
    })?;
    let tokens = state.services.refresh(&token).await?;
    Ok(signed_in(HttpResponse::Ok(), tokens, &state.settings))
}
