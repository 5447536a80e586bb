//! A storm of clients that come back at once: connection, token, subscription.

use std::time::Instant;

use serde_json::{Value, json};

use crate::subscriber::{OPENING, open};
use crate::target::{Kind, Target};

const CONNECTIONS: usize = 3_000;

pub(crate) async fn measure() -> Value {
    let mut reports = Vec::new();
    for kind in [Kind::Mockly, Kind::Reference] {
        let target = Target::start(kind, 1).await;
        // The first ones pay for what is made on demand.
        drop(open(target.address(), &target.token, &target.topics(), OPENING).await);
        let (cpu, began) = (target.cpu_seconds(), Instant::now());
        let clients = open(target.address(), &target.token, &target.topics(), CONNECTIONS).await;
        let seconds = began.elapsed().as_secs_f64();
        let cpu = target.cpu_seconds() - cpu;
        reports.push(json!({
            "connectionsPerSecond": clients.len() as f64 / seconds,
            "serverCpuMsPerConnection": cpu / clients.len() as f64 * 1_000.0,
            "serverCpuShare": cpu / seconds,
        }));
    }
    let per_second = |at: usize| reports[at]["connectionsPerSecond"].as_f64().unwrap();
    let ratio = json!({"connectionsPerSecond": per_second(0) / per_second(1)});
    json!({"connections": CONNECTIONS, "openingAtOnce": OPENING, "mockly": reports[0], "reference": reports[1], "ratio": ratio})
}
