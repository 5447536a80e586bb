//! What Mockly costs, measured from outside and beside something that is as cheap as it gets: a bare broadcaster for
//! sockets ([`mod@reference`]), bare SQL for REST ([`sql`]). Figures of one run are meant to be read as ratios; `README.md`
//! says how they come about.
//!
//! `bench/run.sh` builds and starts it. It knows of the server what the whole-system tests know.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a fault here ends the measurement")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of a measurement are far below where that matters"
)]

mod class;
mod connect;
mod fan_out;
mod growth;
mod idle;
mod machine;
mod pgbench;
mod publisher;
mod reference;
mod rest;
mod resume;
mod soak;
mod sql;
mod start;
mod subscriber;
mod tally;
mod target;

use serde_json::{Map, Value, json};

/// A measurement by its name.
const SCENARIOS: &[&str] = &["start", "fan-out", "saturation", "connect", "idle", "rest", "class", "resume"];
/// Those that take long, and run only when they are named.
const LONG: &[&str] = &["growth", "soak", "nodes"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if arguments.first().is_some_and(|first| first == "reference") {
        return runtime.block_on(tokio::task::LocalSet::new().run_until(reference::serve()));
    }
    let known = || SCENARIOS.iter().chain(LONG);
    let unknown = arguments.iter().find(|name| known().all(|known| known != name));
    assert!(unknown.is_none(), "{unknown:?} is none of {SCENARIOS:?} and {LONG:?}");
    let named = |name: &str| arguments.iter().any(|argument| argument == name);
    let wanted = |name: &str| named(name) || arguments.is_empty() && SCENARIOS.contains(&name);
    machine::prepare();
    let mut results = Map::new();
    for name in known().filter(|name| wanted(name)) {
        tell(&format!("measuring {name}"));
        let result = runtime.block_on(tokio::task::LocalSet::new().run_until(measure(name)));
        tell(&result.to_string());
        results.insert((*name).to_owned(), result);
    }
    print(&json!({"machine": machine::describe(), "results": results}));
}

async fn measure(name: &str) -> Value {
    match name {
        "start" => start::measure().await,
        "fan-out" => fan_out::measure_fan_out().await,
        "saturation" => fan_out::measure_saturation().await,
        "connect" => connect::measure().await,
        "idle" => idle::measure().await,
        "class" => class::measure().await,
        "resume" => resume::measure().await,
        "growth" => growth::measure().await,
        "soak" => soak::measure().await,
        "nodes" => fan_out::measure_nodes().await,
        _ => rest::measure().await,
    }
}

#[expect(clippy::print_stderr, reason = "progress, for whoever waits")]
fn tell(text: &str) {
    eprintln!("{text}");
}

#[expect(clippy::print_stdout, reason = "the result is the program's output")]
fn print(result: &Value) {
    println!("{result:#}");
}
