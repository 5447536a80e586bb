use actix_web::{HttpRequest, HttpResponse, post};
use mockly_domain::ErrorCode;

use super::cookie::{RefreshTokenRequest, counts, removal};
use crate::extract::OptionalJson;
use crate::openapi::problems::{ANY, BODY, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: BODY, ANY, &[ErrorCode::ServiceKeyScope]);

/// Sign out
///
/// Ends the refresh token and all that came before it, and takes the cookie away. Access tokens live on until they
/// expire. Signing out twice changes nothing.
#[utoipa::path(
    tag = "auth",
    request_body(content = Option<RefreshTokenRequest>, description = "Left out where the cookie carries the token"),
    responses((status = 204, description = "Signed out"), Refusals),
    security(())
)]
#[post("/api/auth/logout")]
pub(crate) async fn sign_out(
    request: HttpRequest,
    OptionalJson(body): OptionalJson<RefreshTokenRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    if let Some(token) = body.token(&request, &state.settings) {
        state.services.sign_out(&token).await?;
    }
    let mut response = HttpResponse::NoContent();
    if counts(&request, &state.settings) {
        response.cookie(removal(&state.settings));
    }
    Ok(response.finish())
}
