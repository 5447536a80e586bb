//! LiveKit's webhooks: signature, hash and body.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mockly_domain::{ErrorCode, Timestamp};
use mockly_service::{LivekitMedia, LivekitSettings, Media as _, ServiceError};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::token::sign;

const KEY: &str = "fuzzkey";
const SECRET: &str = "a secret that no input can know";
fn now() -> Timestamp {
    Timestamp::from_secs(1_768_471_200)
}

thread_local! {
    static MEDIA: LivekitMedia = LivekitMedia::new(LivekitSettings {
        api_url: "http://127.0.0.1:7880".to_owned(),
        client_url: "ws://127.0.0.1:7880".to_owned(),
        api_key: KEY.to_owned(),
        api_secret: SECRET.to_owned(),
        webhook_secret: None,
        timeout: Duration::from_secs(1),
    });
}

/// The first byte says what the rest is: a header and a body of a stranger, which must be refused; a body that was signed
/// with the right secret; or claims that were, which must be those of this body.
pub(crate) fn webhook(input: &[u8]) {
    let Some((kind, input)) = input.split_first() else { return };
    match kind % 3 {
        0 => {
            let at = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
            let (header, body) = input.split_at(at);
            let code = read(&String::from_utf8_lossy(header), body).err();
            assert_eq!(code, Some(ErrorCode::InvalidSignature), "what nobody signed was looked at");
        }
        1 => {
            let hash = STANDARD.encode(Sha256::digest(input));
            let claims = json!({ "iss": KEY, "exp": now().as_secs() + 300, "sha256": hash });
            let code = read(&sign(SECRET, br#"{"alg":"HS256"}"#, claims.to_string().as_bytes()), input).err();
            assert!(matches!(code, None | Some(ErrorCode::MalformedWebhook)), "{code:?}");
        }
        _ => {
            let body = br#"{"event":"room_started","id":"EV_1"}"#;
            if read(&sign(SECRET, br#"{"alg":"HS256"}"#, input), body).is_ok() {
                let claims: Value = serde_json::from_slice(input).unwrap_or_default();
                assert_eq!(claims["sha256"], STANDARD.encode(Sha256::digest(body)), "{claims}");
                assert_eq!(claims["iss"], KEY, "{claims}");
            }
        }
    }
}

fn read(authorization: &str, body: &[u8]) -> Result<(), ErrorCode> {
    let event = MEDIA.with(|media| media.read_webhook(authorization, body, now()));
    event
        .map(|event| assert!(!event.id.is_empty() && event.id.len() <= 128))
        .map_err(|error: ServiceError| error.code())
}
