use actix_web::{HttpResponse, post};
use mockly_domain::{ErrorCode, NotificationId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

use crate::extract::{Identified, ValidJson};
use crate::handlers::envelope::Envelope;
use crate::openapi::headers::KeyHeader;
use crate::openapi::problems::{ANY, AUTHED, BODY, KEYED, problems};
use crate::problem::Problem;
use crate::state::State;
use crate::validate::single_line;

/// Something to tell a user.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SendNotificationRequest {
    /// Whom.
    user_id: UserId,
    /// The name under which the user's code hears it. Socket.IO keeps `connect`, `connect_error`, `disconnect`,
    /// `disconnecting`, `newListener` and `removeListener` for itself.
    #[schema(min_length = 1, max_length = 128)]
    #[validate(length(max = 128, message = "must have at most 128 characters"), custom(function = single_line))]
    event: String,
    /// What there is to say: an object of at most 16 KiB. On Socket.IO `timestamp` is added to it.
    #[schema(value_type = Object)]
    payload: Map<String, Value>,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SentNotificationResponse {
    /// Id of the notification.
    id: NotificationId,
    /// Whether at least one socket of the user listens, on whichever node. Else it waits in the user's list. In the first
    /// seconds after a node was killed its sockets still count.
    delivered: bool,
}

problems!(Refusals: BODY, KEYED, AUTHED, ANY, &[ErrorCode::Forbidden]);

/// Send a notification
///
/// For services whose key has the scope NOTIFICATIONS, and for admins. It is stored, and sent to each socket of the user:
/// over Socket.IO as `event` with `payload`, over STOMP on `/topic/users/{userId}/notifications`.
#[utoipa::path(
    tag = "notifications",
    params(KeyHeader),
    request_body(content = SendNotificationRequest, example = json!({
        "userId": "507f1f77bcf86cd799439011",
        "event": "analysis:completed",
        "payload": { "interviewId": "507f191e810c19729de860ea", "status": "success" }
    })),
    responses((status = 201, description = "It is stored", body = Envelope<SentNotificationResponse>), Refusals),
    security(("bearer" = []), ("apiKey" = []))
)]
#[post("/api/notifications")]
pub(crate) async fn send_notification(
    caller: Identified,
    ValidJson(body): ValidJson<SendNotificationRequest>,
    state: State,
) -> Result<HttpResponse, Problem> {
    let SendNotificationRequest { user_id, event, payload } = body;
    let sent = state.services.send_notification(caller.requester(), &user_id, &event, &payload).await?;
    let data = SentNotificationResponse { id: sent.id, delivered: sent.delivered };
    Ok(HttpResponse::Created().json(Envelope::of(data)))
}
