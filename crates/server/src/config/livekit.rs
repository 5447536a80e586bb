//! `[livekit]`: the media server.

use std::time::Duration;

use super::reader::Reader;
use super::secret::Secret;
use super::{table, url};

/// What clients and the API assume of a LiveKit that nobody configured.
const DEFAULT_URL: &str = "http://localhost:7880";

/// The section, where a key is given.
#[derive(Debug, Clone)]
pub(crate) struct LivekitConfig {
    /// Where this server reaches it: http or https.
    pub(crate) api_url: String,
    /// Where browsers reach it: ws or wss.
    pub(crate) client_url: String,
    pub(crate) api_key: String,
    pub(crate) api_secret: Secret,
    pub(crate) webhook_secret: Option<Secret>,
    pub(crate) timeout: Duration,
}

impl LivekitConfig {
    /// `None` without a key: everything but media works then.
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let schemes = &["http", "https", "ws", "wss"];
        let url = reader.parse(&table::LIVEKIT_URL, |text| url::base(text, schemes));
        let ws_url = reader.parse(&table::LIVEKIT_WS_URL, |text| url::base(text, schemes));
        let timeout = reader.duration(&table::LIVEKIT_TIMEOUT, Duration::from_millis(100)..=Duration::from_secs(30));
        let api_key = read_key(reader);
        let api_secret = reader.secret(&table::LIVEKIT_API_SECRET);
        let webhook_secret = reader.secret(&table::LIVEKIT_WEBHOOK_SECRET);
        match (api_key, api_secret) {
            (Some(api_key), Some(api_secret)) => {
                let api_url = url.clone().or_else(|| ws_url.clone()).unwrap_or_else(|| DEFAULT_URL.to_owned());
                let client_url = ws_url.or(url).unwrap_or_else(|| DEFAULT_URL.to_owned());
                Some(Self {
                    api_url: url::with_scheme(&api_url, "http", "https"),
                    client_url: url::with_scheme(&client_url, "ws", "wss"),
                    api_key,
                    api_secret,
                    webhook_secret,
                    timeout,
                })
            }
            (Some(_), None) => {
                let remedy = "set both, or neither to go without media";
                reader.fault(&table::LIVEKIT_API_SECRET, "is missing beside LIVEKIT_API_KEY", remedy);
                None
            }
            (None, secret) => {
                let orphans = [
                    (&table::LIVEKIT_API_SECRET, secret.is_some()),
                    (&table::LIVEKIT_WEBHOOK_SECRET, webhook_secret.is_some()),
                ];
                for (row, _) in orphans.into_iter().filter(|(_, given)| *given) {
                    reader.fault(row, "is set without LIVEKIT_API_KEY", "set both, or neither to go without media");
                }
                None
            }
        }
    }
}

/// LiveKit's own `--dev` mode answers to this key with the secret "secret".
fn read_key(reader: &mut Reader) -> Option<String> {
    let key = reader.text(&table::LIVEKIT_API_KEY)?;
    if reader.production() && ["devkey", "your-api-key", "your_api_key"].contains(&key.to_lowercase().as_str()) {
        let remedy = "configure a key of your own at the LiveKit server";
        reader.fault(&table::LIVEKIT_API_KEY, format!("is {key:?}, the key of examples"), remedy);
    }
    Some(key)
}
