//! Many subscribers of the same topics: what a delivery costs at an easy rate, and how many fit into a second.

use std::time::Duration;

use mockly_tests::{Backend, Redis};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::machine::Meter;
use crate::publisher::publish;
use crate::subscriber::{self, Listeners};
use crate::tally::Tally;
use crate::target::{Kind, Target};

const SUBSCRIBERS: usize = 1_000;
/// Changes a second of the easy run, and how many are made.
const EASY_RATE: f64 = 10.0;
const EASY_WARM_UP: usize = 20;
const EASY_MESSAGES: usize = 60;
/// Topics that the changes of the hard runs are spread over, since those of one session take turns.
const HARD_TOPICS: usize = 8;
const HARD_SECONDS: f64 = 2.5;
const HARD_FIRST_RATE: f64 = 25.0;
const GROWTH: f64 = 1.35;
/// A rate is passed when nothing is lost and 99 of 100 deliveries take no longer.
const LATENCY_MS_MAX: f64 = 250.0;
/// Rates tried between the best one that passed and the first that did not.
const BISECTIONS: usize = 2;
/// No machine that we know gets there.
const RATE_MAX: f64 = 20_000.0;
/// How long after the last change its deliveries are waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A target with its subscribers.
pub(crate) struct Stage {
    target: Target,
    subscribers: usize,
    tally: Tally,
    _listeners: Listeners,
}

/// One run at one rate.
pub(crate) struct Trial {
    passed: bool,
    deliveries_per_second: f64,
    pub(crate) report: Value,
}

impl Stage {
    async fn set(kind: Kind, topics: usize) -> Self {
        Self::of(Target::start(kind, topics).await, SUBSCRIBERS).await
    }

    /// A target with so many subscribers of all its topics, spread evenly over its nodes.
    pub(crate) async fn of(target: Target, subscribers: usize) -> Self {
        let topics = target.topics().len();
        let addresses = target.addresses();
        let mut clients = Vec::with_capacity(subscribers);
        for address in &addresses {
            let count = subscribers / addresses.len();
            clients.extend(subscriber::open(*address, &target.token, &target.topics(), count).await);
        }
        let tally = Tally::new();
        let listeners = subscriber::listen(clients, topics, &tally);
        Self { target, subscribers, tally, _listeners: listeners }
    }

    /// So many changes at a rate, each to all subscribers.
    pub(crate) async fn run(&self, rate: f64, messages: usize) -> Trial {
        let run = self.tally.begin(messages * self.subscribers);
        let (meter, redis_cpu) = (Meter::start(self.target.process_ids()), self.target.redis_cpu_seconds());
        let sent_late_ms = publish(&self.target, &self.tally, run, rate, messages).await;
        // What does not arrive is counted as lost.
        let _ = timeout(PATIENCE, self.tally.complete()).await;
        let used = meter.read();
        let deliveries = self.tally.received() as f64;
        let mut report = self.tally.describe();
        report["changesPerSecond"] = rate.into();
        report["deliveriesPerSecond"] = (deliveries / used.seconds).into();
        report["cpuSecondsPerMillionDeliveries"] = (used.server_cpu / deliveries * 1e6).into();
        used.note_shares(&mut report);
        report["sentLateMs"] = sent_late_ms.into();
        if let (Some(before), Some(after)) = (redis_cpu, self.target.redis_cpu_seconds()) {
            report["redisCpuMsPerChange"] = ((after - before) / messages as f64 * 1_000.0).into();
        }
        report["residentMib"] = (self.target.resident_bytes() as f64 / 1_048_576.0).into();
        let passed = self.tally.is_faultless() && self.tally.latency_ms(990) <= LATENCY_MS_MAX;
        Trial { passed, deliveries_per_second: deliveries / used.seconds, report }
    }
}

/// An easy rate on one topic: latency and the cost of a delivery.
pub(crate) async fn measure_fan_out() -> Value {
    let mut reports = Vec::new();
    for kind in [Kind::Mockly, Kind::Reference] {
        let stage = Stage::set(kind, 1).await;
        stage.run(EASY_RATE, EASY_WARM_UP).await;
        reports.push(stage.run(EASY_RATE, EASY_MESSAGES).await.report);
    }
    let mut result = compare(&reports, "cpuSecondsPerMillionDeliveries");
    // The database server has no core of its own, and its CPU is not counted.
    if std::env::var_os("TEST_DATABASE_URL").is_some() {
        let stage = Stage::of(Target::start_mockly(Backend::Postgres, 1, None, 1).await, SUBSCRIBERS).await;
        stage.run(EASY_RATE, EASY_WARM_UP).await;
        result["mocklyOnPostgres"] = stage.run(EASY_RATE, EASY_MESSAGES).await.report;
    }
    result
}

/// The highest rate that is passed.
pub(crate) async fn measure_saturation() -> Value {
    let mut reports = Vec::new();
    for kind in [Kind::Mockly, Kind::Reference] {
        reports.push(saturate(&format!("{kind:?}"), async || Stage::set(kind, HARD_TOPICS).await).await);
    }
    compare(&reports, "deliveriesPerSecond")
}

fn compare(reports: &[Value], by: &str) -> Value {
    let ratio = reports[0][by].as_f64().zip(reports[1][by].as_f64()).map(|(mockly, reference)| mockly / reference);
    json!({"subscribers": SUBSCRIBERS, "mockly": reports[0], "reference": reports[1], "ratio": {by: ratio}})
}

/// One node, and two that share the server's core, on PostgreSQL: what it costs to be several.
pub(crate) async fn measure_nodes() -> Value {
    assert!(std::env::var_os("TEST_DATABASE_URL").is_some(), "`nodes` needs TEST_DATABASE_URL");
    let mut result = json!({"subscribers": SUBSCRIBERS});
    for (name, count) in [("oneNode", 1), ("oneNodeWithRedis", 1), ("twoNodes", 2)] {
        let set = async |topics| {
            let redis = if name == "oneNode" { None } else { Some(Redis::start().await) };
            Stage::of(Target::start_mockly(Backend::Postgres, count, redis, topics).await, SUBSCRIBERS).await
        };
        let stage = set(1).await;
        stage.run(EASY_RATE, EASY_WARM_UP).await;
        let easy = stage.run(EASY_RATE, EASY_MESSAGES).await.report;
        drop(stage);
        let hard = saturate(name, async || set(HARD_TOPICS).await).await;
        result[name] = json!({"fanOut": easy, "saturation": hard});
    }
    result
}

async fn saturate(name: &str, set: impl AsyncFn() -> Stage) -> Value {
    let mut stage = set().await;
    let mut best: Option<(f64, Trial)> = None;
    let mut rate = HARD_FIRST_RATE;
    let mut failed_at = None;
    let mut bisections = BISECTIONS;
    let mut is_second_try = false;
    while rate < RATE_MAX {
        let trial = stage.run(rate, (rate * HARD_SECONDS) as usize).await;
        let (passed, reached) = (trial.passed, trial.deliveries_per_second);
        crate::tell(&format!("  {name} at {rate:.0}/s: {reached:.0} deliveries/s, passed: {passed}"));
        if !passed {
            // Whoever was cut off would be missing from now on, and what was lost may still be on its way.
            drop(stage);
            stage = set().await;
            // What else the machine does can spoil one run, but hardly two.
            is_second_try = !is_second_try;
            if is_second_try {
                continue;
            }
        }
        is_second_try = false;
        if passed {
            best = Some((rate, trial));
        } else {
            failed_at = Some((rate, trial.report));
        }
        rate = match (&best, &failed_at) {
            (_, None) => rate * GROWTH,
            (Some((passed, _)), Some((failed, _))) if bisections > 0 => {
                bisections -= 1;
                (passed * failed).sqrt()
            }
            _ => break,
        };
    }
    let Some((_, trial)) = best else {
        return json!({"deliveriesPerSecond": 0, "failed": failed_at.map(|(_, report)| report)});
    };
    let mut report = trial.report;
    report["gaveWayAt"] = failed_at.map(|(_, report)| report).into();
    report
}
