//! Webhooks as LiveKit sends them: protojson in camelCase, 64-bit integers as texts, a raw JWT over the body.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{EncodingKey, Header};
use mockly_data::Store;
use mockly_domain::{ParticipantRole, SessionId, Timestamp};
use mockly_service::media::Grant;
use mockly_service::{Principal, ServiceError};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::livekit::{API_KEY, API_SECRET};
use super::stage::Stage;

/// Signs a body.
pub(crate) fn sign(body: &[u8], key: &str, secret: &str, now: Timestamp) -> String {
    let claims = json!({
        "iss": key,
        "nbf": now.as_secs(),
        "exp": now.as_secs() + 300,
        "sha256": STANDARD.encode(Sha256::digest(body)),
    });
    jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

/// A webhook's id that no other has.
pub(crate) fn event_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("EV_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Stage {
    /// A webhook about a session's room, as of now; `participant` is null for those about the room alone.
    pub(crate) fn webhook(&self, event: &str, id: SessionId, participant: Value) -> Value {
        let room = json!({ "name": format!("session-{id}"), "sid": "", "turnPassword": "secret" });
        let created_at = self.now().as_secs().to_string();
        let mut body = json!({ "event": event, "id": event_id(), "createdAt": created_at, "room": room });
        if !participant.is_null() {
            body["participant"] = participant;
        }
        body
    }

    /// Delivers a webhook.
    pub(crate) async fn deliver(&self, body: &Value) -> Result<(), ServiceError> {
        let body = body.to_string();
        let authorization = sign(body.as_bytes(), API_KEY, API_SECRET, self.now());
        self.services().receive_webhook(&authorization, body.as_bytes()).await
    }

    /// A user has come into a session's room, with a token as they get one without a host's leave.
    pub(crate) async fn joined(&self, id: SessionId, who: &Principal, sid: &str) {
        let mut participant = connection(who, sid, self.now());
        let place = self.world.database.participants().find(id, who.user_id()).await.unwrap();
        let role = place.map_or(ParticipantRole::Student, |place| place.role);
        let grant = Grant::of(role, self.session(id).await.media, false);
        let sources =
            [(grant.microphone, "MICROPHONE"), (grant.camera, "CAMERA"), (grant.screen_share, "SCREEN_SHARE")];
        let named: Vec<_> = sources.into_iter().filter_map(|(may, name)| may.then_some(name)).collect();
        participant["permission"]["canPublishSources"] = json!(named);
        self.deliver(&self.webhook("participant_joined", id, participant)).await.unwrap();
    }

    /// A user has gone out of a session's room, for all that LiveKit tells of when they came.
    pub(crate) async fn left(&self, id: SessionId, who: &Principal, sid: &str) {
        let participant = json!({ "sid": sid, "identity": who.user_id() });
        self.deliver(&self.webhook("participant_left", id, participant)).await.unwrap();
    }
}

/// A participant who may publish everything, as webhooks describe one.
pub(crate) fn connection(who: &Principal, sid: &str, joined_at: Timestamp) -> Value {
    json!({
        "sid": sid,
        "identity": who.user_id(),
        "state": "ACTIVE",
        "permission": { "canSubscribe": true, "canPublish": true },
        "joinedAt": joined_at.as_secs().to_string(),
        "joinedAtMs": (joined_at.as_micros() / 1_000).to_string(),
    })
}
