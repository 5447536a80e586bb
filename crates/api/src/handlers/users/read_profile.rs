use actix_web::{HttpResponse, get};

use super::user_response::UserResponse;
use crate::extract::Authenticated;
use crate::openapi::problems::{ANY, AUTHED, problems};
use crate::problem::Problem;

problems!(Refusals: AUTHED, ANY);

/// Read one's own profile
#[utoipa::path(
    tag = "users",
    responses((status = 200, description = "The profile", body = UserResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[get("/api/users/me")]
pub(crate) async fn read_profile(principal: Authenticated) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(UserResponse::from(principal.user.clone())))
}
