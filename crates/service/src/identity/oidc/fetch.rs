//! Getting the keys: `OpenID` Connect Discovery 1.0, section 4, then the key set it names.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::keys::KeySet;
use crate::ServiceError;
use crate::identity::OidcSettings;

/// The longest answer that is read.
const BODY_BYTES_MAX: usize = 256 * 1024;
const REDIRECTS_MAX: usize = 3;

/// Why the keys could not be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("the issuer cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    #[error("the issuer answered {0}")]
    Status(reqwest::StatusCode),
    #[error("the issuer's answer is longer than {BODY_BYTES_MAX} bytes")]
    TooLong,
    #[error("the issuer took longer than {0:?}")]
    Late(Duration),
    #[error("the issuer's answer is not the JSON that it should be")]
    Malformed(#[from] serde_json::Error),
    #[error("the discovery document is another issuer's: {0}")]
    OtherIssuer(String),
    #[error("the discovery document names no key set that may be asked: {0}")]
    KeySetUrl(String),
    #[error("the key set has no RS256 or ES256 key that can be used")]
    NoKeys,
}

/// Knows how to ask the issuer.
pub(super) struct Fetcher {
    client: Client,
    issuer: String,
    discovery: Url,
    https_only: bool,
}

impl Fetcher {
    pub(super) fn new(settings: &OidcSettings) -> Result<Self, ServiceError> {
        let refuse = |why: String| ServiceError::Internal(format!("OIDC_ISSUER {why}"));
        // Section 4.1: a slash at the issuer's end goes before the well-known path is put behind it.
        let discovery = format!("{}/.well-known/openid-configuration", settings.issuer.trim_end_matches('/'));
        let discovery = Url::parse(&discovery).map_err(|error| refuse(format!("is no URL: {error}")))?;
        let https_only = match discovery.scheme() {
            "https" => true,
            "http" if settings.plain_http_allowed || is_loopback(&discovery) => false,
            _ => return Err(refuse("must be https: keys that come in the clear prove nothing".to_owned())),
        };
        let mut client = Client::builder()
            .redirect(Policy::limited(REDIRECTS_MAX))
            .https_only(https_only)
            .timeout(settings.fetch_timeout)
            .user_agent(concat!("mockly/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&discovery) {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| refuse(format!("cannot be asked: {error}")))?;
        Ok(Self { client, issuer: settings.issuer.clone(), discovery, https_only })
    }

    /// Fetches the keys. There is at least one; the caller sets the deadline of the whole.
    pub(super) async fn fetch(&self) -> Result<KeySet, FetchError> {
        #[derive(serde::Deserialize)]
        struct Discovery {
            issuer: String,
            jwks_uri: String,
        }
        let discovery: Discovery = serde_json::from_slice(&self.read(self.discovery.clone()).await?)?;
        // Section 4.3: it must be the very issuer that was asked.
        if discovery.issuer != self.issuer {
            return Err(FetchError::OtherIssuer(discovery.issuer));
        }
        let jwks_uri = Url::parse(&discovery.jwks_uri).ok().filter(|url| !self.https_only || url.scheme() == "https");
        let jwks_uri = jwks_uri.ok_or(FetchError::KeySetUrl(discovery.jwks_uri))?;
        let keys = KeySet::parse(&self.read(jwks_uri).await?)?;
        if keys.is_empty() { Err(FetchError::NoKeys) } else { Ok(keys) }
    }

    async fn read(&self, url: Url) -> Result<Vec<u8>, FetchError> {
        let mut response = self.client.get(url).header("accept", "application/json").send().await?;
        if !response.status().is_success() {
            return Err(FetchError::Status(response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > BODY_BYTES_MAX {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "[::1]"))
        || url
            .host_str()
            .and_then(|host| host.parse::<std::net::Ipv4Addr>().ok())
            .is_some_and(|host| host.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_that_may_not_be_asked_is_refused_at_start() {
        let _done_before = rustls::crypto::ring::default_provider().install_default();
        for (issuer, plain_http_allowed, welcome) in [
            ("https://example.org/", false, true),
            ("http://localhost:9000", false, true),
            ("http://example.org", true, true),
            ("http://example.org", false, false),
            ("ftp://localhost", true, false),
            ("example.org", false, false),
            ("", false, false),
        ] {
            let settings = OidcSettings { plain_http_allowed, ..OidcSettings::new(issuer, "meetings") };
            assert_eq!(Fetcher::new(&settings).is_ok(), welcome, "{issuer}");
        }
    }

    #[test]
    fn loopback_is_told_from_names_that_look_like_it() {
        for (url, loopback) in [
            ("http://localhost:9000", true),
            ("http://127.0.0.2/realms/a", true),
            ("http://[::1]:1", true),
            ("http://localhost.example.org", false),
            ("http://127.0.0.1.example.org", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), loopback, "{url}");
        }
    }
}
