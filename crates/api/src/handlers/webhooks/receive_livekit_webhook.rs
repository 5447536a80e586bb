use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, post, web};
use mockly_domain::ErrorCode;

use crate::extract::body;
use crate::openapi::problems::{ANY, problems};
use crate::problem::Problem;
use crate::state::State;

/// Content types that LiveKit and its SDKs send.
const ACCEPTED: [&str; 2] = ["application/webhook+json", "application/json"];

problems!(Refusals: ANY, &[
    ErrorCode::InvalidSignature,
    ErrorCode::MalformedWebhook,
    ErrorCode::MalformedBody,
    ErrorCode::RequestTimeout,
    ErrorCode::BodyTooLarge,
    ErrorCode::UnsupportedMediaType,
    ErrorCode::LivekitNotConfigured,
]);

/// Take a webhook from LiveKit
///
/// `Authorization` is the JWT that LiveKit signed, with or without `Bearer`; its `sha256` is that of the raw body. Each
/// event takes effect once, however often it comes. Unknown events and rooms are answered 200.
#[utoipa::path(
    tag = "webhooks",
    params(("Authorization" = String, Header, description = "The signed JWT")),
    request_body(content(
        (serde_json::Value = "application/webhook+json", example = json!({
            "event": "participant_joined",
            "id": "EV_abc",
            "createdAt": "1768471200",
            "room": { "name": "session-0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f", "sid": "RM_abc" },
            "participant": { "sid": "PA_abc", "identity": "0197c19f-1111-7000-8000-000000000001" }
        })),
        (serde_json::Value = "application/json")
    )),
    responses((status = 200, description = "Taken"), Refusals),
    security(())
)]
#[post("/api/webhooks/livekit")]
pub(crate) async fn receive_livekit_webhook(
    request: HttpRequest,
    payload: web::Payload,
    state: State,
) -> Result<HttpResponse, Problem> {
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let authorization = authorization.ok_or_else(|| {
        Problem::new(ErrorCode::InvalidSignature, "A webhook needs the JWT that LiveKit signs as Authorization.")
    })?;
    body::require_type(&request, &ACCEPTED)?;
    let bytes = body::read(request.headers(), &mut payload.into_inner(), &state.settings).await?;
    state.services.receive_webhook(authorization, &bytes).await?;
    Ok(HttpResponse::Ok().finish())
}
