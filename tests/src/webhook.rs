//! LiveKit's webhooks, made by hand.

use serde_json::{Value, json};

use crate::http::Request;
use crate::mockly::API_KEY;
use crate::token::{now_s, sha256_base64};

/// What LiveKit puts into whole rooms, and nobody may log or keep.
pub const WEBHOOK_TURN_PASSWORD: &str = "turn-password-3f5b7d9e1c2a4068";

/// Somebody came, as LiveKit writes it: protojson, camelCase, 64-bit numbers as text (`created_at` in seconds).
pub fn participant_joined(event_id: &str, session: &str, sid: &str, identity: &str) -> String {
    let now = now_s().to_string();
    json!({
        "event": "participant_joined",
        "room": {"sid": "RM_1", "name": format!("session-{session}"), "turnPassword": WEBHOOK_TURN_PASSWORD},
        "participant": {"sid": sid, "identity": identity, "state": "ACTIVE", "joinedAt": now},
        "id": event_id,
        "createdAt": now,
    })
    .to_string()
}

/// The claims that LiveKit signs for a body.
pub fn webhook_claims(body: &str) -> Value {
    let now = now_s();
    json!({"iss": API_KEY, "nbf": now, "exp": now + 300, "sha256": sha256_base64(body.as_bytes())})
}

/// The request that brings it; `authorization` is the signed claims.
pub fn webhook(authorization: &str, body: impl Into<Vec<u8>>) -> Request {
    Request::new("POST", "/api/webhooks/livekit")
        .header("Content-Type", "application/webhook+json")
        .header("Authorization", authorization)
        .body(body)
}
