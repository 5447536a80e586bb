//! `[server]`: where the server listens and what it calls itself.

use std::time::Duration;

use ipnet::IpNet;

use super::reader::Reader;
use super::secret::Secret;
use super::{table, url, value};

/// Which rules hold for settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Environment {
    /// Weak settings are refused.
    Production,
    /// Missing secrets are made.
    Development,
}

/// Where the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListenConfig {
    /// An address or a host name.
    pub(crate) host: String,
    /// 0 takes a free one.
    pub(crate) port: u16,
}

/// Other origins that may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origins {
    /// All, in development.
    Any,
    /// These, as `scheme://host[:port]`.
    These(Vec<String>),
}

/// The section.
#[derive(Debug, Clone)]
pub(crate) struct ServerConfig {
    pub(crate) environment: Environment,
    pub(crate) listen: ListenConfig,
    /// Without a slash at its end; `None` means `http://localhost:PORT`, of which the port may not be known yet.
    pub(crate) public_url: Option<String>,
    pub(crate) allowed_origins: Origins,
    /// Whose pages may frame the live page, as `scheme://host[:port]`.
    pub(crate) embed_origins: Vec<String>,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) metrics_token: Option<Secret>,
    /// `None` means the number of cores.
    pub(crate) workers: Option<usize>,
    /// Of the node, all workers together.
    pub(crate) connections_max: usize,
    pub(crate) request_head_timeout: Duration,
    pub(crate) request_body_timeout: Duration,
    pub(crate) keep_alive: Duration,
    pub(crate) drain_delay: Duration,
    pub(crate) shutdown_timeout: Duration,
}

impl ListenConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let host = reader.parse(&table::HOST, |text| {
            let well_formed = text.parse::<std::net::IpAddr>().is_ok()
                || text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
            if well_formed {
                Ok(text.to_owned())
            } else {
                Err("give an address such as 127.0.0.1, ::1 or 0.0.0.0".to_owned())
            }
        });
        let port = reader.parse(&table::PORT, |text| {
            text.parse::<u16>().map_err(|_malformed| "give a number from 0 to 65535, for example 8080".to_owned())
        });
        Self { host: host.unwrap_or_default(), port: port.unwrap_or_default() }
    }
}

impl ServerConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let environment = if reader.production() { Environment::Production } else { Environment::Development };
        let workers = reader.number(&table::WORKERS, 1..=256);
        Self {
            environment,
            listen: ListenConfig::read(reader),
            public_url: reader.parse(&table::PUBLIC_URL, |text| url::base(text, &["http", "https"])),
            allowed_origins: read_origins(reader),
            embed_origins: read_embed_origins(reader),
            trusted_proxies: read_proxies(reader),
            metrics_token: reader.secret(&table::METRICS_TOKEN),
            workers: workers.map(|count| count as usize),
            connections_max: reader.number(&table::CONNECTIONS_MAX, 10..=1_000_000).unwrap_or_default() as usize,
            request_head_timeout: reader
                .duration(&table::REQUEST_HEAD_TIMEOUT, Duration::from_millis(100)..=Duration::from_mins(1)),
            request_body_timeout: reader
                .duration(&table::REQUEST_BODY_TIMEOUT, Duration::from_millis(100)..=Duration::from_mins(10)),
            keep_alive: reader.duration(&table::KEEP_ALIVE, Duration::from_secs(1)..=Duration::from_hours(1)),
            drain_delay: reader.duration(&table::DRAIN_DELAY, Duration::ZERO..=Duration::from_secs(5)),
            shutdown_timeout: reader
                .duration(&table::SHUTDOWN_TIMEOUT, Duration::from_secs(1)..=Duration::from_secs(15)),
        }
    }
}

fn read_origins(reader: &mut Reader) -> Origins {
    let items = value::list(&reader.text(&table::ALLOWED_ORIGINS).unwrap_or_default());
    let mut origins = Vec::new();
    for item in items {
        if item == "*" {
            if !reader.production() {
                return Origins::Any;
            }
            let remedy = "name each origin, for example https://app.example.org";
            reader.fault(&table::ALLOWED_ORIGINS, "is `*`, which is for development only", remedy);
            continue;
        }
        match url::origin(&item) {
            Ok(origin) => origins.push(origin),
            Err(remedy) => reader.fault(&table::ALLOWED_ORIGINS, format!("has {item:?}"), remedy),
        }
    }
    Origins::These(origins)
}

fn read_embed_origins(reader: &mut Reader) -> Vec<String> {
    let items = value::list(&reader.text(&table::EMBED_ORIGINS).unwrap_or_default());
    let mut origins = Vec::new();
    for item in items {
        match url::origin(&item) {
            Ok(origin) => origins.push(origin),
            Err(remedy) => reader.fault(&table::EMBED_ORIGINS, format!("has {item:?}"), remedy),
        }
    }
    origins
}

fn read_proxies(reader: &mut Reader) -> Vec<IpNet> {
    let items = value::list(&reader.text(&table::TRUSTED_PROXIES).unwrap_or_default());
    let mut proxies = Vec::new();
    for item in items {
        let network = item.parse::<IpNet>().ok().or_else(|| item.parse::<std::net::IpAddr>().ok().map(IpNet::from));
        match network {
            // Whoever connects could then choose the address that limits and logs see.
            Some(network) if network.prefix_len() == 0 && reader.production() => {
                let remedy = "name the proxies' own networks";
                reader.fault(&table::TRUSTED_PROXIES, format!("has {item:?}, which is everybody"), remedy);
            }
            Some(network) => proxies.push(network),
            None => {
                let remedy = "give addresses or networks, for example 10.0.0.7 or 10.0.0.0/8";
                reader.fault(&table::TRUSTED_PROXIES, format!("has {item:?}"), remedy);
            }
        }
    }
    proxies
}
