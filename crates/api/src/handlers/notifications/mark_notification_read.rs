use actix_web::{HttpResponse, post};
use mockly_domain::{ErrorCode, NotificationId};

use super::notification_response::NotificationResponse;
use crate::extract::{Authenticated, IdPath};
use crate::openapi::headers::KeyHeader;
use crate::openapi::problems::{ANY, AUTHED, KEYED, problems};
use crate::problem::Problem;
use crate::state::State;

problems!(Refusals: KEYED, AUTHED, ANY, &[
    ErrorCode::InvalidId,
    ErrorCode::AccessDenied,
    ErrorCode::NotificationNotFound,
]);

/// Mark a notification as read
///
/// One's own only. Reading it again keeps the first time.
#[utoipa::path(
    tag = "notifications",
    params(IdPath, KeyHeader),
    responses((status = 200, description = "The notification as it is now", body = NotificationResponse), Refusals),
    security(("bearer" = []), ("apiKey" = [], "actAs" = []))
)]
#[post("/api/notifications/{id}/read")]
pub(crate) async fn mark_notification_read(
    principal: Authenticated,
    path: IdPath,
    state: State,
) -> Result<HttpResponse, Problem> {
    let read = state.services.mark_notification_read(&principal, path.of(NotificationId)).await?;
    Ok(HttpResponse::Ok().json(NotificationResponse::from(read)))
}
