//! From the start to the first answer, on a database that is there, and what an idle server holds.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mockly_tests::{Backend, HttpConnection, Mockly, Process, Request, TOKEN_SECRET, TestDatabase, free_port, within};
use serde_json::{Value, json};
use tokio::time::{interval, sleep};

use crate::machine;

const STARTS: usize = 7;
/// When the memory is read: what the start needs only once is gone by then.
const SETTLED: Duration = Duration::from_secs(3);

pub(crate) async fn measure() -> Value {
    let database = TestDatabase::create(Backend::Sqlite).await;
    // The first one makes the schema.
    Mockly::start(&database, &[]).await.stop().await;
    let mut took_ms = Vec::new();
    let mut resident_mib = 0.0;
    for _ in 0..STARTS {
        let (mut process, took) = start(&database).await;
        took_ms.push(took.as_secs_f64() * 1_000.0);
        if took_ms.len() == STARTS {
            sleep(SETTLED).await;
            resident_mib = machine::resident_bytes(process.id()) as f64 / 1_048_576.0;
        }
        process.terminate();
        process.ended(mockly_tests::PATIENCE).await;
    }
    took_ms.sort_by(f64::total_cmp);
    json!({
        "startToReadyMs": {"median": took_ms[STARTS / 2], "least": took_ms[0], "most": took_ms[STARTS - 1]},
        "residentMibIdle": resident_mib,
    })
}

/// Starts the server as production does and asks every millisecond whether it is ready.
async fn start(database: &TestDatabase) -> (Process, Duration) {
    let port = free_port();
    let mut command = Command::new(mockly_tests::mockly_binary());
    command.arg("serve").env_clear().stdin(Stdio::null());
    let settings = [
        ("DATABASE_URL", database.url()),
        ("ACCESS_TOKEN_SECRET", TOKEN_SECRET),
        ("DRAIN_DELAY", "0s"),
        ("PORT", &port.to_string()),
    ];
    command.envs(settings);
    let began = Instant::now();
    let mut process = Process::start("mockly", &mut command);
    process.keep_output();
    let ready = async {
        let mut looks = interval(Duration::from_millis(1));
        loop {
            looks.tick().await;
            let Ok(mut connection) = HttpConnection::open(([127, 0, 0, 1], port).into()).await else { continue };
            let answer = connection.send(&Request::new("GET", "/readyz")).await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                return began.elapsed();
            }
        }
    };
    let took = within(mockly_tests::PATIENCE, "readiness", ready).await;
    (process, took)
}
