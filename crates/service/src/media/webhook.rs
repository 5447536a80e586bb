//! LiveKit's webhooks: the signature over the raw bytes, and the few fields that matter.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use mockly_domain::{ErrorCode, Timestamp};
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Grant;
use crate::ServiceError;

/// How far LiveKit's clock may be off.
const LEEWAY_SEC: i64 = 60;
/// Longer tokens are none of LiveKit's.
const TOKEN_BYTES_MAX: usize = 4_096;

/// A webhook. Fields that are not here are ignored; among them are secrets that must not be kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEvent {
    /// What happened.
    #[serde(default)]
    pub event: String,
    /// Tells a repeat.
    #[serde(default)]
    pub id: String,
    /// When, in seconds since the epoch.
    #[serde(default, deserialize_with = "int64")]
    pub created_at: i64,
    /// In which room.
    #[serde(default)]
    pub room: Option<WebhookRoom>,
    /// By whom.
    #[serde(default)]
    pub participant: Option<WebhookParticipant>,
}

/// The room of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookRoom {
    /// Name.
    #[serde(default)]
    pub name: String,
    /// Id of its present life.
    #[serde(default)]
    pub sid: String,
}

/// The participant of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookParticipant {
    /// Id of the connection.
    #[serde(default)]
    pub sid: String,
    /// Identity.
    #[serde(default)]
    pub identity: String,
    /// Absent for people.
    #[serde(default)]
    kind: Option<serde_json::Value>,
    #[serde(default)]
    permission: Option<Permission>,
    #[serde(default, deserialize_with = "int64")]
    joined_at: i64,
    #[serde(default, deserialize_with = "int64")]
    joined_at_ms: i64,
}

impl WebhookParticipant {
    /// Whether this is a person, and no recorder, ingress or agent: those are no attendance (R8).
    pub fn is_person(&self) -> bool {
        match &self.kind {
            None => true,
            Some(kind) => kind == "STANDARD" || kind == 0,
        }
    }

    /// What they may publish, where it is told.
    pub fn grant(&self) -> Option<Grant> {
        let permission = self.permission.as_ref()?;
        Some(Grant::of_sources(permission.can_publish, permission.can_publish_sources.iter().map(String::as_str)))
    }

    /// When they came, where it is told.
    pub fn joined_at(&self) -> Option<Timestamp> {
        (self.joined_at > 0 || self.joined_at_ms > 0).then(|| joined_at(self.joined_at_ms, self.joined_at))
    }
}

/// What a participant may do, in protojson: what is absent is false, or empty.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Permission {
    #[serde(default)]
    can_publish: bool,
    #[serde(default)]
    can_publish_sources: Vec<String>,
}

#[derive(Deserialize)]
struct Claims {
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    sha256: String,
}

/// Checks a webhook's token against each secret in turn, and its hash against the raw body.
///
/// # Errors
/// `invalid-signature`, whatever the fault is: whoever can sign needs no hint.
pub(super) fn verify<'a>(
    authorization: &str,
    body: &[u8],
    api_key: &str,
    secrets: impl Iterator<Item = &'a str>,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let refused = || {
        ServiceError::refused(
            ErrorCode::InvalidSignature,
            "Authorization must be a JWT signed with LIVEKIT_API_SECRET or LIVEKIT_WEBHOOK_SECRET, its `iss` the API \
             key and its `sha256` the hash of the body.",
        )
    };
    let token = match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => authorization.trim(),
    };
    if token.len() > TOKEN_BYTES_MAX {
        return Err(refused());
    }
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[api_key]);
    validation.set_required_spec_claims(&["iss", "exp"]);
    // By our own clock, below.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let claims = secrets
        .filter_map(|secret| {
            let key = DecodingKey::from_secret(secret.as_bytes());
            jsonwebtoken::decode::<Claims>(token, &key, &validation).ok()
        })
        .map(|token| token.claims)
        .next()
        .ok_or_else(refused)?;
    let valid_now = now.as_secs() <= claims.exp.saturating_add(LEEWAY_SEC)
        && claims.nbf.is_none_or(|nbf| now.as_secs() >= nbf.saturating_sub(LEEWAY_SEC));
    let told = STANDARD.decode(&claims.sha256).map_err(|_malformed| refused())?;
    let hash = Sha256::digest(body);
    if valid_now && bool::from(told.ct_eq(&hash[..])) { Ok(()) } else { Err(refused()) }
}

/// Older servers give whole seconds only.
pub(super) fn joined_at(millis: i64, secs: i64) -> Timestamp {
    if millis > 0 { Timestamp::from_micros(millis.saturating_mul(1_000)) } else { Timestamp::from_secs(secs) }
}

/// Reads a webhook's body.
///
/// # Errors
/// `malformed-webhook`.
pub(super) fn parse(body: &[u8]) -> Result<WebhookEvent, ServiceError> {
    let malformed = |what: &str| ServiceError::refused(ErrorCode::MalformedWebhook, what);
    let event: WebhookEvent = serde_json::from_slice(body)
        .map_err(|error| malformed(&format!("The body is no webhook of LiveKit: {error}.")))?;
    if event.event.is_empty() || event.id.is_empty() || event.id.len() > 128 {
        return Err(malformed("A webhook needs `event`, and an `id` of at most 128 characters."));
    }
    Ok(event)
}

/// protojson writes 64-bit integers as texts; plain numbers are accepted too.
fn int64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Int64 {
        Number(i64),
        Text(String),
    }
    match Int64::deserialize(deserializer)? {
        Int64::Number(number) => Ok(number),
        Int64::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}
