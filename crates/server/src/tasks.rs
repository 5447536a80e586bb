//! What runs beside requests: the relay, the link to other nodes, the jobs, the analyses, presence, reconciliation, and the
//! metrics' upkeep.

use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use mockly_api::Sockets;
use mockly_service::{RedisSettings, RelayStart, Services};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The recorder gathers what was measured until it is rendered or this comes around.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Starts all of it. Each task ends soon after `cancel`, at a point where nothing is lost.
pub(crate) fn start(
    services: &Services,
    sockets: Arc<Sockets>,
    relay: RelayStart,
    redis: Option<RedisSettings>,
    recorder: PrometheusHandle,
    tracker: &TaskTracker,
    cancel: &CancellationToken,
) {
    tracker.spawn(services.clone().run_relay(relay, cancel.clone()));
    if let Some(redis) = redis {
        tracker.spawn(services.clone().run_peers(redis, cancel.clone()));
    }
    tracker.spawn(services.clone().run_jobs(cancel.clone()));
    tracker.spawn(services.clone().run_analyses(cancel.clone()));
    tracker.spawn(services.clone().run_presence(move || sockets.count(), cancel.clone()));
    tracker.spawn(services.clone().run_reconciliation(cancel.clone()));
    tracker.spawn(upkeep(recorder, cancel.clone()));
}

async fn upkeep(recorder: PrometheusHandle, cancel: CancellationToken) {
    let mut ticks = tokio::time::interval(UPKEEP_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while cancel.run_until_cancelled(ticks.tick()).await.is_some() {
        recorder.run_upkeep();
    }
}
