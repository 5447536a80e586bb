//! Own access tokens.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use mockly_domain::{Timestamp, UserId};
use serde_json::json;

use super::IdentitySettings;
use crate::ServiceError;

/// `iss` of the tokens of own accounts.
pub(super) const OWN_ISSUER: &str = "mockly";

/// Signs and knows the keys of HS256 tokens.
pub(super) struct AccessTokens {
    encoding: EncodingKey,
    decoding: Vec<DecodingKey>,
    ttl: Duration,
}

impl AccessTokens {
    pub(super) fn new(settings: &IdentitySettings) -> Result<Self, ServiceError> {
        if settings.secrets().any(<[u8]>::is_empty) {
            return Err(ServiceError::Internal("ACCESS_TOKEN_SECRET is empty: everyone could sign tokens".to_owned()));
        }
        Ok(Self {
            encoding: EncodingKey::from_secret(settings.access_token_secret.as_bytes()),
            decoding: settings.secrets().map(DecodingKey::from_secret).collect(),
            ttl: settings.access_token_ttl,
        })
    }

    pub(super) fn decoding_keys(&self) -> &[DecodingKey] {
        &self.decoding
    }

    /// Life of a token, in seconds.
    pub(super) fn ttl_sec(&self) -> u64 {
        self.ttl.as_secs()
    }

    /// A token for an own account. It names the user and nothing else: name and roles are read from the user's row, so
    /// that a change of them takes effect at once.
    pub(super) fn sign(&self, user_id: &UserId, now: Timestamp) -> Result<String, ServiceError> {
        let claims = json!({
            "iss": OWN_ISSUER,
            "sub": user_id,
            "iat": now.as_secs(),
            "exp": now.plus(self.ttl).as_secs(),
        });
        encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(|error| ServiceError::Internal(format!("an access token cannot be signed: {error}")))
    }
}
