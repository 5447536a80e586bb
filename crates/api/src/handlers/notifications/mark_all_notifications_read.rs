use actix_web::{HttpResponse, post};

use crate::extract::Authenticated;
use crate::openapi::headers::KeyHeader;
use crate::openapi::problems::{ANY, AUTHED, KEYED, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: KEYED, AUTHED, ANY);

/// Mark all of one's notifications as read
#[utoipa::path(
    tag = "notifications",
    params(KeyHeader),
    responses((status = 204, description = "None is unread"), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[post("/api/notifications/read-all")]
pub(crate) async fn mark_all_notifications_read(
    principal: Authenticated,
    state: State,
) -> Result<HttpResponse, Problem> {
    state.services.mark_all_notifications_read(&principal).await?;
    Ok(HttpResponse::NoContent().finish())
}
