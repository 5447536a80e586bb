//! `mockly serve`: runs until it is told to stop, and then stops in order.

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use mockly_api::{ApiState, Sockets};
use mockly_data::Database;
use mockly_service::{SystemClock, SystemIds};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Config, Sources};
use crate::failure::Failure;
use crate::{listener, logging, metrics, open_files, signals, tasks, wiring};

/// How long it may take to accept all who wait, and for the last packet of a handshake that is under way, a round trip to
/// the balancer.
const LAST_ACCEPTED: Duration = Duration::from_millis(30);
/// How long actix's thread that accepts may take to hear of the pause, which is not waited for: it would log what it then
/// meets at the listener.
const PAUSED_AFTER: Duration = Duration::from_millis(2);
/// How long sockets may take to hear that they should go.
const SOCKETS_DEADLINE: Duration = Duration::from_secs(4);
/// How long background work may take to come to a safe point; what it leaves is a row that the next start takes up.
const TASKS_DEADLINE: Duration = Duration::from_secs(3);
/// How long the last bytes of answers may take. Connections that only idle would hold actix's own graceful stop up until
/// its timeout, so it is not waited for any longer.
const LAST_BYTES: Duration = Duration::from_millis(1_100);
/// How long the pool may take to close.
const DATABASE_DEADLINE: Duration = Duration::from_secs(1);

pub(crate) fn run(sources: &Sources) -> Result<(), Failure> {
    let config = Config::load(sources)?;
    logging::start(&config.logging);
    open_files::raise();
    actix_web::rt::System::new().block_on(serve(config))
}

/// What has to be stopped, in the order in which [`Running::stop`] does.
struct Running {
    state: Arc<ApiState>,
    listener: TcpListener,
    sockets: Arc<Sockets>,
    server: ServerHandle,
    /// Requests under way and what they left behind.
    requests: TaskTracker,
    background: TaskTracker,
    cancel: CancellationToken,
    database: Database,
}

async fn serve(config: Config) -> Result<(), Failure> {
    // Taken first: a signal during the start must not be lost.
    let mut signals = signals::Signals::new()?;
    let recorder = metrics::install()?;
    let database = wiring::open_ready_database(&config).await?;
    let (listener, address) = listener::bind(&config.server.listen)?;
    let own = listener.try_clone().map_err(|error| Failure::because("the listening socket cannot be kept", &error))?;
    let services = wiring::build_services(&config, address.port(), database.clone())?;

    let prepared = services.prepare_blobs().await;
    let setting = if config.artifacts.s3.is_some() { "the S3_ settings" } else { "ARTIFACTS_DIR" };
    prepared.map_err(|error| Failure::because(&format!("files cannot be kept (see {setting})"), &error))?;

    let http = wiring::http_settings(&config, address.port());
    let requests = TaskTracker::new();
    let sockets = Sockets::new(
        services.clone(),
        Arc::new(SystemClock),
        Arc::new(SystemIds),
        wiring::socket_settings(&config),
        http.clone(),
        requests.clone(),
    );
    let relay = services
        .prepare_relay()
        .await
        .map_err(|error| Failure::because("the tables of events cannot be read", &error))?;
    let public_url = http.public_url.clone();
    let state = ApiState::new(services.clone(), http, Some(recorder.clone()), requests.clone());
    let server = mockly_api::http_server(Arc::clone(&state), Arc::clone(&sockets), listener)
        .map_err(|error| Failure::because("the server does not start", &error))?;

    let (background, cancel) = (TaskTracker::new(), CancellationToken::new());
    tasks::start(&services, Arc::clone(&sockets), relay, config.redis.clone(), recorder, &background, &cancel);
    let running =
        Running { state, listener: own, sockets, server: server.handle(), requests, background, cancel, database };
    tracing::info!(
        server.address = %address, server.url = public_url, server.version = env!("CARGO_PKG_VERSION"),
        livekit = config.livekit.is_some(), redis = config.redis.is_some(), "ready"
    );
    // Dropping the server would drop its workers with everything they serve, so it is driven until the stop is over.
    let mut server = std::pin::pin!(server);
    tokio::select! {
        ended = &mut server => match ended {
            Ok(()) => return Err(Failure::Run("the server ended by itself".to_owned())),
            Err(error) => return Err(Failure::because("the server failed", &error)),
        },
        name = signals.next() => tracing::info!(signal = name, "stopping; a second signal stops at once"),
    }
    let serving_on = async {
        let _ = server.await;
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        () = running.stop(&config) => Ok(()),
        name = signals.next() => Err(Failure::Run(format!("stopped at once by a second {name}"))),
        never = serving_on => match never {},
    }
}

impl Running {
    /// Stops in order: look away, refuse who comes, accept nobody more, sockets, requests, background work, database. Each
    /// step has its deadline, so that all of them stay within 30 s.
    async fn stop(self, config: &Config) {
        self.state.start_draining();
        tokio::time::sleep(config.server.drain_delay).await;
        let by_loopback = config.server.trusted_proxies.iter().any(|proxy| proxy.addr().is_loopback());
        listener::refuse_newcomers(&self.listener, by_loopback);
        tokio::time::sleep(LAST_ACCEPTED).await;
        // A stop would end the sockets where they are, so it comes after them.
        self.server.pause().await;
        tokio::time::sleep(PAUSED_AFTER).await;
        listener::refuse(&self.listener);
        let cut_off = self.sockets.drain(SOCKETS_DEADLINE).await;
        if cut_off > 0 {
            tracing::warn!(sockets = cut_off, "sockets did not take their close frame in time");
        }
        self.requests.close();
        if timeout(config.server.shutdown_timeout, self.requests.wait()).await.is_err() {
            tracing::warn!(requests = self.requests.len(), "requests did not finish in time");
        }
        self.cancel.cancel();
        self.background.close();
        if timeout(TASKS_DEADLINE, self.background.wait()).await.is_err() {
            tracing::warn!(tasks = self.background.len(), "background work did not stop in time");
        }
        // Whether by itself or not: nothing is under way any more. Not before, since a connection to the database lives on
        // the runtime of the worker that has opened it, and background work takes any of them.
        let _ = timeout(LAST_BYTES, self.server.stop(true)).await;
        match timeout(DATABASE_DEADLINE, self.database.close()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error = &error as &dyn std::error::Error, "the database does not close"),
            Err(_late) => tracing::warn!("the database does not close in time"),
        }
        tracing::info!("stopped");
    }
}
