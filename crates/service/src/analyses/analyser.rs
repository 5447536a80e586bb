//! Asking the analyser of another service: one signed webhook, as Standard Webhooks has it.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use sha2::Sha256;

use crate::ServiceError;

/// How long the analyser may take to answer that it was asked: less than a job may run.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the analyser is, and how it knows that it is asked by this server.
#[derive(Clone)]
pub struct AnalyserSettings {
    /// What the webhook is sent to.
    pub url: String,
    /// The key that it is signed with, as it stands.
    pub secret: String,
    /// How long an analysis may take, from its begin to the report of its end.
    pub timeout: Duration,
}

impl fmt::Debug for AnalyserSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnalyserSettings").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// Asks the analyser.
pub(crate) struct Analyser {
    client: Client,
    url: Url,
    secret: String,
    pub(super) timeout: Duration,
}

/// A webhook; sent again it is the same but for its time.
pub(super) struct Webhook<'a> {
    /// Tells a repeat.
    pub(super) id: &'a str,
    /// Seconds since the epoch.
    pub(super) timestamp: i64,
    pub(super) body: String,
}

impl Analyser {
    /// # Errors
    /// [`ServiceError::Internal`] where the settings cannot be used.
    pub(crate) fn new(settings: &AnalyserSettings) -> Result<Self, ServiceError> {
        let refuse = |why: String| ServiceError::Internal(format!("ANALYSER_URL {why}"));
        let url = Url::parse(&settings.url).map_err(|error| refuse(format!("is no URL: {error}")))?;
        // Where it leads is the operator's choice alone: an answer sends the webhook nowhere else.
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(ANSWER_TIMEOUT)
            .user_agent(concat!("mockly/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .build()
            .map_err(|error| refuse(format!("cannot be asked: {error}")))?;
        Ok(Self { client, url, secret: settings.secret.clone(), timeout: settings.timeout })
    }

    /// # Errors
    /// [`ServiceError::Internal`] where the analyser is away or refuses. What it answers beside its status is not read.
    pub(super) async fn send(&self, webhook: Webhook<'_>) -> Result<(), ServiceError> {
        let Webhook { id, timestamp, body } = webhook;
        let signature = sign(self.secret.as_bytes(), id, timestamp, &body)?;
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(body);
        // Its URL may have a secret of its own in it.
        let answer = request.send().await.map_err(|error| {
            let error = error.without_url();
            ServiceError::Internal(format!("the analyser cannot be asked: {}", with_causes(&error)))
        })?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(ServiceError::Internal(format!("the analyser answered {}", answer.status())))
    }
}

/// `v1,<base64 of HMAC-SHA256(id.timestamp.body)>` (Standard Webhooks 1.0, "Signature scheme").
fn sign(key: &[u8], id: &str, timestamp: i64, body: &str) -> Result<String, ServiceError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .map_err(|error| ServiceError::Internal(format!("a webhook cannot be signed: {error}")))?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

fn with_causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_signed_as_there() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}").unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn settings_show_neither_secret_nor_url() {
        let settings = AnalyserSettings {
            url: "https://example.org/hook/hush".to_owned(),
            secret: "hush".to_owned(),
            timeout: Duration::from_mins(1),
        };
        assert!(!format!("{settings:?}").contains("hush"));
    }
}
