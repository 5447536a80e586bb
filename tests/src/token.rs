//! Tokens as another service would make them: HS256 (RFC 7515, RFC 7518 section 3.2), written out by hand.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::deadline::now_ms;
use crate::mockly::TOKEN_SECRET;

/// The machine's clock, in seconds since 1970, as claims have it.
pub fn now_s() -> u64 {
    now_ms() / 1_000
}

/// A token that makes somebody a user of the server under test for an hour.
pub fn user_token(id: &str, name: &str) -> String {
    let now = now_s();
    sign(&json!({"sub": id, "name": name, "iat": now, "exp": now + 3_600}), TOKEN_SECRET)
}

/// A compact JWT over any claims, signed with any secret.
pub fn sign(claims: &Value, secret: &str) -> String {
    let signed = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// A JWT that says `alg: none` and has no signature, which nobody should take (RFC 8725, section 3.2).
pub fn unsigned(claims: &Value) -> String {
    format!("{}.{}.", part(&json!({"alg": "none", "typ": "JWT"})), part(claims))
}

/// A digest as the `sha256` claim of LiveKit's webhooks has it.
pub fn sha256_base64(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
