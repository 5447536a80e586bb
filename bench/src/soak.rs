//! Hours of coming and going: whether memory stays where it is.

use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::publisher::publish;
use crate::subscriber::{OPENING, connect, open_each};
use crate::tally::Tally;
use crate::target::{Kind, Target};

/// Connections in each round; all of them leave at its end.
const CONNECTIONS: usize = 500;
/// Changes that each round's connections hear.
const CHANGES: usize = 20;
const CHANGES_PER_SECOND: f64 = 10.0;
const LASTS: Duration = Duration::from_hours(1);
/// How far samples are apart.
const SAMPLE: Duration = Duration::from_mins(1);

pub(crate) async fn measure() -> Value {
    let target = Target::start(Kind::Mockly, 8).await;
    let tally = Tally::new();
    let (token, topics): (Rc<str>, Rc<[String]>) = (target.token.as_str().into(), target.topics().into());
    let began = Instant::now();
    let (mut rounds, mut sample_at) = (0_usize, Duration::ZERO);
    let mut samples = Vec::new();
    while began.elapsed() < LASTS {
        let mut clients = Vec::with_capacity(CONNECTIONS);
        let connections = (0..CONNECTIONS).map(|_| connect(target.address(), Rc::clone(&token), Rc::clone(&topics)));
        open_each(connections, OPENING, |client| clients.push(client)).await;
        let run = tally.begin(CONNECTIONS * CHANGES);
        let listeners = crate::subscriber::listen(clients, topics.len(), &tally);
        publish(&target, &tally, run, CHANGES_PER_SECOND, CHANGES).await;
        let _ = tokio::time::timeout(Duration::from_secs(20), tally.complete()).await;
        assert!(tally.is_faultless(), "{}", tally.describe());
        drop(listeners);
        rounds += 1;
        if began.elapsed() >= sample_at {
            sample_at = began.elapsed() + SAMPLE;
            let mib = target.resident_bytes() as f64 / 1_048_576.0;
            crate::tell(&format!("  {:4.0} s, round {rounds}: {mib:.1} MiB", began.elapsed().as_secs_f64()));
            samples.push(json!({"minute": began.elapsed().as_secs_f64() / 60.0, "residentMib": mib}));
        }
    }
    json!({
        "rounds": rounds,
        "connections": rounds * CONNECTIONS,
        "deliveries": rounds * CONNECTIONS * CHANGES,
        "samples": samples,
    })
}
