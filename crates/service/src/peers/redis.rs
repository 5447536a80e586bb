//! The link by Redis: one connection that hears, one that tells.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use mockly_domain::EventId;
use mockly_realtime::{Message, Topic};
use redis::aio::{MultiplexedConnection, PubSub, PubSubStream};
use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo, RedisError};
use tokio::time::{Instant, MissedTickBehavior, timeout};
use tokio_util::sync::CancellationToken;

use super::packet::{self, Packet};
use super::wire;
use crate::Services;
use crate::wakes::Wakes;

/// How long a connection may take, and telling something.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// How often a node tells something though there is nothing: it has to hear itself.
const ECHO: Duration = Duration::from_secs(5);
/// After how long without a word the link counts as lost.
const SILENCE_MAX: Duration = Duration::from_secs(15);
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Where Redis is and what it asks for. `Debug` shows no password.
#[derive(Clone)]
pub struct RedisSettings(ConnectionInfo);

impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisSettings({})", self.0.addr())
    }
}

impl RedisSettings {
    /// Reads `redis://` or `rediss://`.
    ///
    /// # Errors
    /// What would have been right.
    pub fn from_url(url: &str) -> Result<Self, String> {
        let remedy = "give redis://[user:password@]host[:port][/database], or rediss:// for TLS";
        if !url.starts_with("redis://") && !url.starts_with("rediss://") {
            return Err(remedy.to_owned());
        }
        // What is wrong is not repeated: it may have the password in it.
        url.into_connection_info().map(Self).map_err(|_malformed| remedy.to_owned())
    }

    /// Puts them together from parts.
    ///
    /// # Errors
    /// What would have been right.
    pub fn from_parts(host: &str, port: u16, password: Option<&str>, database: u32, tls: bool) -> Result<Self, String> {
        let host = host.to_owned();
        let address = if tls {
            ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host, port)
        };
        let mut with = RedisConnectionInfo::default().set_db(i64::from(database));
        if let Some(password) = password {
            with = with.set_password(password);
        }
        let info = address.into_connection_info().map_err(|error| error.to_string())?;
        Ok(Self(info.set_redis_settings(with)))
    }
}

/// Why a link ended.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error(transparent)]
    Redis(#[from] RedisError),
    #[error("no answer within {ANSWER_MAX:?}")]
    Late,
    #[error("not a word for {SILENCE_MAX:?}")]
    Silent,
    #[error("the connection was closed")]
    Closed,
}

impl Services {
    /// Tells the other nodes what this one stores and looks when they tell it, until it is told to stop. Where Redis is
    /// away it is tried again and again, and everybody finds everything by looking.
    pub async fn run_peers(self, settings: RedisSettings, stop: CancellationToken) {
        self.inner.peers.set_up(false);
        let mut pause = PAUSE_FIRST;
        loop {
            let since = Instant::now();
            let Some(ended) = stop.run_until_cancelled(self.hold_link(&settings)).await else { return };
            self.inner.peers.set_up(false);
            if since.elapsed() > SILENCE_MAX {
                pause = PAUSE_FIRST;
            }
            tracing::warn!(error = &ended as &dyn std::error::Error, "no link to Redis; trying again");
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return;
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Makes the link and holds it for as long as it lives.
    async fn hold_link(&self, settings: &RedisSettings) -> LinkError {
        let (hears, tells) = match timeout(ANSWER_MAX, connect(settings)).await {
            Ok(Ok(both)) => both,
            Ok(Err(error)) => return error.into(),
            Err(_late) => return LinkError::Late,
        };
        self.inner.peers.set_up(true);
        tracing::info!("linked to the other nodes by Redis");
        // What was told before is not heard any more.
        self.wake(Wakes::ALL);
        tokio::select! {
            error = self.hear(hears) => error,
            error = self.tell(tells) => error,
        }
    }

    async fn hear(&self, mut hears: PubSubStream) -> LinkError {
        loop {
            let message = match timeout(SILENCE_MAX, hears.next()).await {
                Ok(Some(message)) => message,
                Ok(None) => return LinkError::Closed,
                Err(_late) => return LinkError::Silent,
            };
            if message.get_channel_name() == wire::CHANNEL {
                match wire::read(message.get_payload_bytes()) {
                    Some((node, wakes)) if node != self.inner.node => self.wake(wakes),
                    Some(_) | None => {}
                }
            } else {
                let packet = Packet::read(message.get_payload_bytes());
                let outcome = if packet.is_some() { "taken" } else { "dropped" };
                metrics::counter!("mockly_emitted_packets_total", "outcome" => outcome).increment(1);
                if let Some(packet) = packet {
                    self.deliver(packet);
                }
            }
        }
    }

    /// One message at a time: what is stored while one is under way is in the next.
    async fn tell(&self, mut tells: MultiplexedConnection) -> LinkError {
        let mut echo = tokio::time::interval(ECHO);
        echo.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let wakes = tokio::select! {
                wakes = self.inner.peers.next_untold() => wakes,
                _ = echo.tick() => Wakes::default(),
            };
            let mut publish = redis::cmd("PUBLISH");
            publish.arg(wire::CHANNEL).arg(wire::write(self.inner.node, wakes));
            match timeout(ANSWER_MAX, publish.exec_async(&mut tells)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return error.into(),
                Err(_late) => return LinkError::Late,
            }
        }
    }

    /// To the users' Socket.IO clients on this node.
    fn deliver(&self, packet: Packet) {
        let message = Arc::new(Message {
            event_id: EventId(uuid::Uuid::nil()),
            sequence: 0,
            position: 0,
            body: Bytes::from(packet.body(self.now())),
            room: None,
        });
        for user in packet.users {
            self.hub().publish(&Topic::UserEmits(user), &message);
        }
    }
}

async fn connect(settings: &RedisSettings) -> Result<(PubSubStream, MultiplexedConnection), RedisError> {
    let client = Client::open(settings.0.clone())?;
    let mut hears: PubSub = client.get_async_pubsub().await?;
    hears.subscribe(wire::CHANNEL).await?;
    hears.psubscribe(packet::PATTERN).await?;
    let tells = client.get_multiplexed_async_connection().await?;
    Ok((hears.into_on_message(), tells))
}
