//! From the sections of the configuration to the plain settings of the crates.

use std::num::NonZeroUsize;
use std::time::Duration;

use mockly_api::{AllowedOrigins, HttpSettings, OidcClient, PublicConfig, Rates, SocketSettings, origin_of};

use mockly_service::{IdentitySettings, OidcSettings, Registration};

use crate::config::{Config, Environment, Origins, Rate};
use crate::failure::Failure;

/// How long a participant who lost the connection still counts as in.
pub(super) const LEAVE_GRACE: Duration = Duration::from_secs(15);
/// How long events are kept for those who come back.
pub(super) const EVENTS_KEPT_FOR: Duration = Duration::from_hours(7 * 24);
/// How often a node looks for what others stored.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How tokens are checked and accounts are given.
pub(super) fn identity_settings(config: &Config) -> Result<IdentitySettings, Failure> {
    let identity = &config.identity;
    let secret = identity.access_token_secret.as_ref();
    let secret = secret.ok_or_else(|| Failure::Usage("ACCESS_TOKEN_SECRET is missing".to_owned()))?;
    let plain_http_allowed = config.server.environment == Environment::Development;
    let fallback = identity.access_token_secret_fallback.as_ref();
    Ok(IdentitySettings {
        access_token_secret_fallback: fallback.map(|secret| secret.expose().into()),
        access_token_issuer: identity.access_token_issuer.clone(),
        access_token_audience: identity.access_token_audience.clone(),
        access_token_ttl: identity.access_token_lifetime,
        refresh_token_ttl: identity.refresh_token_lifetime,
        registration: if identity.registration_open { Registration::Open } else { Registration::Closed },
        roles_claim: identity.roles_claim.clone(),
        oidc: identity.oidc.as_ref().map(|oidc| OidcSettings {
            client_id: oidc.client_id.clone(),
            plain_http_allowed,
            ..OidcSettings::new(oidc.issuer.as_str(), oidc.audience.as_str())
        }),
        ..IdentitySettings::new(secret.expose())
    })
}

/// Where people reach the server.
pub(super) fn public_url(config: &Config, port: u16) -> String {
    config.server.public_url.clone().unwrap_or_else(|| format!("http://localhost:{port}"))
}

/// What the HTTP edge is told. `port` is the one that was taken.
pub(crate) fn http_settings(config: &Config, port: u16) -> HttpSettings {
    let server = &config.server;
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let workers = server.workers.unwrap_or(cores);
    HttpSettings {
        public_url: public_url(config, port),
        allowed_origins: match &server.allowed_origins {
            Origins::Any => AllowedOrigins::Any,
            Origins::These(origins) => AllowedOrigins::Only(origins.clone()),
        },
        trusted_proxies: server.trusted_proxies.clone(),
        metrics_token: server.metrics_token.as_ref().map(|token| mockly_api::Secret::new(token.expose())),
        public_config: public_config(config),
        web_connects_to: web_connects_to(config),
        rates: rates(config),
        body_timeout: server.request_body_timeout,
        upload_stall_timeout: config.artifacts.stall_timeout,
        head_timeout: server.request_head_timeout,
        keep_alive: server.keep_alive,
        shutdown_timeout: server.shutdown_timeout,
        workers: Some(workers),
        connections_per_worker_max: server.connections_max.div_ceil(workers),
        ..HttpSettings::default()
    }
}

/// What the sockets are told.
pub(crate) fn socket_settings(config: &Config) -> SocketSettings {
    let sockets = &config.sockets;
    SocketSettings {
        outbox_bytes_max: sockets.outbox_bytes_max,
        write_timeout: sockets.write_timeout,
        heart_beat: sockets.heart_beat,
        commands: rate(config.limits.socket_messages),
        sockets_per_user_max: sockets.per_user_max,
        // Every socket is a connection, or a SockJS session that has one most of the time.
        sockets_max: config.server.connections_max,
        sockjs_script_url: sockets.sockjs_script_url.clone(),
        ..SocketSettings::default()
    }
}

fn public_config(config: &Config) -> PublicConfig {
    let oidc = config.identity.oidc.as_ref();
    let client = |oidc: &crate::config::OidcConfig| {
        Some(OidcClient {
            issuer: oidc.issuer.clone(),
            client_id: oidc.client_id.clone()?,
            audience: oidc.audience.clone(),
        })
    };
    PublicConfig {
        registration_open: config.identity.registration_open,
        oidc: oidc.and_then(client),
        livekit: config.livekit.is_some(),
        embed_origins: config.server.embed_origins.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// LiveKit's client speaks WebSocket, and asks by HTTP why it was refused.
fn web_connects_to(config: &Config) -> Vec<String> {
    let mut origins = Vec::new();
    if let Some(livekit) = &config.livekit {
        let socket = origin_of(&livekit.client_url);
        origins.push(socket.to_owned());
        origins.push(socket.replacen("ws", "http", 1));
    }
    if let Some(oidc) = public_config(config).oidc {
        origins.push(origin_of(&oidc.issuer).to_owned());
    }
    origins
}

fn rates(config: &Config) -> Rates {
    let limits = &config.limits;
    Rates {
        session_creation: rate(limits.session_creation),
        sign_in_per_account: rate(limits.sign_in),
        sign_in_per_address: rate(limits.sign_in_address),
        api_per_user: rate(limits.api),
        api_per_address: rate(limits.api_address),
        doors_per_user: rate(limits.doors),
    }
}

fn rate(rate: Rate) -> mockly_api::Rate {
    mockly_api::Rate { count: rate.count, per: rate.per, burst: rate.burst }
}
