//! Connections that are subscribed and hear nothing.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::publisher::publish;
use crate::subscriber;
use crate::tally::Tally;
use crate::target::{Kind, Target};

const CONNECTIONS: usize = 10_000;
/// File descriptors that are needed beside those of the connections.
const SPARE_FILES: usize = 500;
/// How long their idleness is watched.
const WATCHED: Duration = Duration::from_secs(5);

pub(crate) async fn measure() -> Value {
    let files = usize::try_from(mockly_tests::raise_open_files(2_000)).unwrap_or(usize::MAX);
    let connections = CONNECTIONS.min(files - SPARE_FILES);
    let mut reports = Vec::new();
    for kind in [Kind::Mockly, Kind::Reference] {
        reports.push(measure_one(kind, connections).await);
    }
    let bytes = |at: usize| reports[at]["bytesPerConnection"].as_f64().unwrap();
    let ratio = json!({"bytesPerConnection": bytes(0) / bytes(1)});
    json!({"connections": connections, "mockly": reports[0], "reference": reports[1], "ratio": ratio})
}

async fn measure_one(kind: Kind, connections: usize) -> Value {
    let target = Target::start(kind, 1).await;
    let before = target.resident_bytes();
    let clients = subscriber::open(target.address(), &target.token, &target.topics(), connections).await;
    let tally = Tally::new();
    let _listeners = subscriber::listen(clients, 1, &tally);
    let cpu = target.cpu_seconds();
    sleep(WATCHED).await;
    let idle_cpu = (target.cpu_seconds() - cpu) / WATCHED.as_secs_f64();
    let idle = target.resident_bytes();
    // They are all still there.
    let run = tally.begin(connections);
    publish(&target, &tally, run, 1.0, 1).await;
    let _ = timeout(Duration::from_secs(20), tally.complete()).await;
    json!({
        "bytesPerConnection": idle.saturating_sub(before) / connections as u64,
        "residentMibBefore": before as f64 / 1_048_576.0,
        "residentMibIdle": idle as f64 / 1_048_576.0,
        "residentMibAfterOneEvent": target.resident_bytes() as f64 / 1_048_576.0,
        "cpuShareIdle": idle_cpu,
        "reachedByOneEvent": tally.received(),
    })
}
