//! What the HTTP edge can be told. Plain data: the server's configuration fills it, tests take the defaults.

use std::fmt;
use std::time::Duration;

use ipnet::IpNet;

/// Everything that the HTTP edge can be told.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Where browsers reach this server, without a trailing slash. Its scheme decides whether cookies are `Secure`, its
    /// origin may always call.
    pub public_url: String,
    /// Who else may call from a browser.
    pub allowed_origins: AllowedOrigins,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// What `/metrics` asks for; without it only loopback reads them.
    pub metrics_token: Option<Secret>,
    /// What `/api/config` tells.
    pub public_config: PublicConfig,
    /// Origins that the web UI connects to besides this server: LiveKit as browsers reach it, and the issuer.
    pub web_connects_to: Vec<String>,
    /// How much each user and address may do.
    pub rates: Rates,
    /// Largest request body, in bytes.
    pub body_bytes_max: usize,
    /// How long a request body may take to arrive.
    pub body_timeout: Duration,
    /// In what time an upload must bring the next 64 KiB.
    pub upload_stall_timeout: Duration,
    /// How long a request's head may take to arrive.
    pub head_timeout: Duration,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// How long running requests may take once the server stops.
    pub shutdown_timeout: Duration,
    /// Worker threads; `None` takes one per core.
    pub workers: Option<usize>,
    /// Most connections that each worker serves at once.
    pub connections_per_worker_max: usize,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080".to_owned(),
            allowed_origins: AllowedOrigins::default(),
            trusted_proxies: Vec::new(),
            metrics_token: None,
            public_config: PublicConfig::default(),
            web_connects_to: Vec::new(),
            rates: Rates::default(),
            body_bytes_max: 1024 * 1024,
            body_timeout: Duration::from_secs(10),
            upload_stall_timeout: Duration::from_secs(30),
            head_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            shutdown_timeout: Duration::from_secs(8),
            workers: None,
            connections_per_worker_max: 25_000,
        }
    }
}

impl HttpSettings {
    /// Whether browsers reach the server by TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
    }

    /// Whether a browser may call from that origin.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.allowed_origins.allows(origin) || origin_of(&self.public_url).eq_ignore_ascii_case(origin)
    }
}

/// Scheme, host and port of a URL.
pub fn origin_of(url: &str) -> &str {
    let host_at = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(host_at..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| host_at + at);
    url.get(..end).unwrap_or(url)
}

/// Origins that may call from a browser, besides the server's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// Everyone; for development.
    Any,
    /// These, each as `scheme://host[:port]`.
    Only(Vec<String>),
}

impl Default for AllowedOrigins {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

impl AllowedOrigins {
    /// Whether the origin is among them.
    pub fn allows(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(origins) => origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)),
        }
    }
}

/// Text that must not reach a log.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Compares without telling by its duration how much was right.
    pub fn matches(&self, given: &str) -> bool {
        use subtle::ConstantTimeEq as _;
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What `/api/config` tells everyone.
#[derive(Debug, Clone)]
pub struct PublicConfig {
    /// Whether everyone may make an account.
    pub registration_open: bool,
    /// The issuer that also signs users in.
    pub oidc: Option<OidcClient>,
    /// Whether media is configured.
    pub livekit: bool,
    /// Whose pages may show the live page in an iframe and hear what happens in it, each as `scheme://host[:port]`.
    pub embed_origins: Vec<String>,
    /// Version of the server.
    pub version: String,
}

impl Default for PublicConfig {
    fn default() -> Self {
        Self {
            registration_open: true,
            oidc: None,
            livekit: false,
            embed_origins: Vec::new(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// How a browser starts to sign in at the issuer.
#[derive(Debug, Clone)]
pub struct OidcClient {
    /// The issuer's URL.
    pub issuer: String,
    /// The client id that the web page uses.
    pub client_id: String,
    /// The `aud` that its access tokens must have, which the page asks for.
    pub audience: String,
}

/// `count` requests in each `per`, and `burst` of them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many; 0 switches the limit off.
    pub count: u32,
    /// In what time.
    pub per: Duration,
    /// How many of them may come at once; at least 1.
    pub burst: u32,
}

impl Rate {
    /// So many a minute, all of which may come at once.
    pub const fn per_minute(count: u32) -> Self {
        Self { count, per: Duration::from_mins(1), burst: count }
    }

    /// So many a second.
    pub const fn per_second(count: u32, burst: u32) -> Self {
        Self { count, per: Duration::from_secs(1), burst }
    }
}

/// The limits of the REST edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Sessions that one user makes.
    pub session_creation: Rate,
    /// Sign-ins of one account from one address.
    pub sign_in_per_account: Rate,
    /// Sign-ins and registrations from one address.
    pub sign_in_per_address: Rate,
    /// Requests of one user.
    pub api_per_user: Rate,
    /// Requests from one address.
    pub api_per_address: Rate,
    /// Sockets that one user opens at the doors of rooms.
    pub doors_per_user: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            session_creation: Rate::per_minute(10),
            sign_in_per_account: Rate::per_minute(5),
            sign_in_per_address: Rate::per_minute(60),
            api_per_user: Rate::per_second(50, 100),
            api_per_address: Rate::per_second(500, 500),
            doors_per_user: Rate::per_second(2, 40),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_origin_may_always_call() {
        let settings =
            HttpSettings { public_url: "https://meet.example:8443/base".to_owned(), ..HttpSettings::default() };
        assert!(settings.is_https());
        assert!(settings.allows_origin("https://meet.example:8443"));
        assert!(!settings.allows_origin("https://meet.example"));
        assert!(!settings.allows_origin("null"));
    }

    #[test]
    fn a_secret_is_compared_and_never_shown() {
        let secret = Secret::new("s3cret");
        assert!(secret.matches("s3cret") && !secret.matches("s3cre") && !secret.matches(""));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
