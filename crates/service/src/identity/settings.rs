//! How tokens are checked and accounts are given.

use std::fmt;
use std::time::Duration;

/// How tokens are checked and accounts are given.
#[derive(Debug, Clone)]
pub struct IdentitySettings {
    /// The key of HS256 tokens: our own and those of services that share it. At least 32 bytes in production, which the
    /// configuration checks.
    pub access_token_secret: SigningSecret,
    /// A further key whose tokens are taken and that signs none, for the time in which the key is changed.
    pub access_token_secret_fallback: Option<SigningSecret>,
    /// `iss` that tokens of such a service must have, where they have one.
    pub access_token_issuer: Option<String>,
    /// `aud` that HS256 tokens must have among theirs, where they have one.
    pub access_token_audience: Option<String>,
    /// Life of an own access token; 15 min by default.
    pub access_token_ttl: Duration,
    /// Life of a refresh token, from its last use; 30 days by default.
    pub refresh_token_ttl: Duration,
    /// Whether everyone may make an account.
    pub registration: Registration,
    /// The claim with a user's roles; `None` means `roles`, else `role`.
    pub roles_claim: Option<String>,
    /// The issuer whose tokens are taken besides.
    pub oidc: Option<OidcSettings>,
}

impl IdentitySettings {
    /// The defaults around a secret: accounts for everyone, no other issuer.
    pub fn new(access_token_secret: impl Into<SigningSecret>) -> Self {
        Self {
            access_token_secret: access_token_secret.into(),
            access_token_secret_fallback: None,
            access_token_issuer: None,
            access_token_audience: None,
            access_token_ttl: Duration::from_mins(15),
            refresh_token_ttl: Duration::from_hours(30 * 24),
            registration: Registration::Open,
            roles_claim: None,
            oidc: None,
        }
    }

    /// The keys of what is taken; the first one signs.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &[u8]> {
        [Some(&self.access_token_secret), self.access_token_secret_fallback.as_ref()]
            .into_iter()
            .flatten()
            .map(SigningSecret::as_bytes)
    }
}

/// The OIDC issuer whose tokens are taken besides our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcSettings {
    /// To the letter as its tokens say it; https, or http on loopback.
    pub issuer: String,
    /// `aud` that its tokens must have.
    pub audience: String,
    /// What the web client is called there; only handed on to it.
    pub client_id: Option<String>,
    /// Whether the issuer may be http outside loopback too; for development, since keys that come in the clear prove
    /// nothing.
    pub plain_http_allowed: bool,
    /// Least time between two fetches of the keys, so that made-up key ids cannot make us hammer the issuer.
    pub refresh_interval_min: Duration,
    /// Age at which keys are fetched anew even when they serve.
    pub keys_fresh_for: Duration,
    /// Age up to which keys serve while the issuer is away.
    pub keys_usable_for: Duration,
    /// How long the issuer may take to give its keys.
    pub fetch_timeout: Duration,
}

impl OidcSettings {
    /// The defaults around an issuer and an audience: keys are fetched every 10 min, for an unknown key id at most
    /// every 10 s, and serve for 24 h while the issuer is away, which has 5 s to answer.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            client_id: None,
            plain_http_allowed: false,
            refresh_interval_min: Duration::from_secs(10),
            keys_fresh_for: Duration::from_mins(10),
            keys_usable_for: Duration::from_hours(24),
            fetch_timeout: Duration::from_secs(5),
        }
    }
}

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Everyone.
    Open,
    /// Only who runs the server.
    Closed,
}

/// A signing key that `Debug` does not show.
#[derive(Clone)]
pub struct SigningSecret(Vec<u8>);

impl SigningSecret {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for SigningSecret {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<String> for SigningSecret {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(..)")
    }
}
