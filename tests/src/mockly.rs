//! The server under test.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::database::TestDatabase;
use crate::deadline::until;
use crate::environment;
use crate::http::{Http, Request};
use crate::process::{Process, STOP_WITHIN};

/// What the tests sign their users' tokens with.
pub const TOKEN_SECRET: &str = "system-tests-4b1e0c7f9d2a4e6b8c3d5f7a9b1c3e5f";
/// The name of LiveKit's key in the tests.
pub const API_KEY: &str = "system-tests";
/// That key's secret.
pub const API_SECRET: &str = "system-tests-livekit-0d9c8b7a6f5e4d3c2b1a0f9e8d7c6b5a";

/// What is started unless a test says otherwise: production, but with a schema that is brought up to date at the start,
/// no rates that a test meets by chance, and no wait before it stops.
const SETTINGS: &[(&str, &str)] = &[
    ("ENVIRONMENT", "production"),
    ("HOST", "127.0.0.1"),
    ("PORT", "0"),
    ("WORKERS", "2"),
    ("MIGRATE_ON_START", "true"),
    ("DATABASE_TIMEOUT", "30s"),
    ("ACCESS_TOKEN_SECRET", TOKEN_SECRET),
    ("DRAIN_DELAY", "0s"),
    ("RATE_LIMIT_SESSION_CREATION", "off"),
    ("RATE_LIMIT_SIGN_IN", "off"),
    ("RATE_LIMIT_SIGN_IN_ADDRESS", "off"),
    ("RATE_LIMIT_API", "off"),
    ("RATE_LIMIT_API_ADDRESS", "off"),
    ("RATE_LIMIT_SOCKET_MESSAGES", "off"),
    ("RATE_LIMIT_DOORS", "off"),
    ("LOG_LEVEL", "info"),
    ("LOG_FORMAT", "json"),
];

/// A running server. It is gone when this is.
pub struct Mockly {
    process: Process,
    address: SocketAddr,
    settings: BTreeMap<String, String>,
    /// What starts it, where it is not started directly.
    starter: Vec<String>,
    /// What earlier processes of this server logged.
    earlier_log: String,
}

impl Mockly {
    /// Starts one on the database and waits until it is ready. `settings` go before those of the tests.
    ///
    /// # Panics
    /// When it is not ready in time.
    pub async fn start(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        Self::start_under(&[], database, settings).await
    }

    /// The same by a command that becomes the server (`exec`): the command line of the server follows its own arguments.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub async fn start_under(starter: &[&str], database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        let files = database.folder().join("artifacts").display().to_string();
        let mut all = BTreeMap::from([
            ("DATABASE_URL".to_owned(), database.url().to_owned()),
            ("ARTIFACTS_DIR".to_owned(), files),
        ]);
        for (name, value) in SETTINGS.iter().chain(settings) {
            all.insert((*name).to_owned(), (*value).to_owned());
        }
        Self::start_from(all, starter.iter().map(|&part| part.to_owned()).collect()).await
    }

    async fn start_from(settings: BTreeMap<String, String>, starter: Vec<String>) -> Self {
        let mut command = match &starter[..] {
            [] => Command::new(environment::mockly_binary()),
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).arg(environment::mockly_binary());
                command
            }
        };
        // Nothing of the surroundings counts, and nothing but SIGKILL can keep its folder from being removed.
        command.arg("serve").env_clear().envs(&settings).env("PATH", environment::search_path());
        command.current_dir(std::env::temp_dir()).stdin(Stdio::null());
        let mut process = Process::start("mockly", &mut command);
        process.keep_output();
        let address = until("line of the log that says where the server listens", async || {
            process.assert_running();
            process.log().lines().find_map(address_of)
        });
        let address = address.await;
        let http = Http::new(address);
        until("readiness of the server", async || {
            process.assert_running();
            let ready = http.try_send(Request::new("GET", "/readyz")).await;
            ready.ok().filter(|answer| answer.status == 200)
        })
        .await;
        Self { process, address, settings, starter, earlier_log: String::new() }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Requests to it, without a token.
    pub fn http(&self) -> Http {
        Http::new(self.address)
    }

    /// Its process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Everything it has logged so far, restarts included.
    pub fn log(&self) -> String {
        self.earlier_log.clone() + &self.process.log()
    }

    /// Ends it without a word (`kill -9`).
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again when it has ended, where it was or at another free port where LiveKit's webhooks will not find it.
    ///
    /// # Panics
    /// When it does not end, or is not ready in time.
    pub async fn start_again(&mut self, at_same_port: bool) {
        self.process.ended(STOP_WITHIN).await;
        let port = if at_same_port { self.address.port() } else { 0 };
        let mut settings = self.settings.clone();
        settings.insert("PORT".to_owned(), port.to_string());
        let earlier_log = self.log();
        *self = Self { earlier_log, ..Self::start_from(settings, self.starter.clone()).await };
    }

    /// Stops it in order and starts it again where it was.
    ///
    /// # Panics
    /// When it does not stop, or is not ready in time.
    pub async fn restart(&mut self) {
        self.process.terminate();
        let status = self.process.ended(STOP_WITHIN).await;
        assert!(status.success(), "the server ended with {status}:\n{}", self.process.log());
        self.start_again(true).await;
    }

    /// The value of a counter or gauge of whole numbers, summed over those of its series that have the label.
    ///
    /// # Panics
    /// When the metrics cannot be read.
    pub async fn metric(&self, name: &str, label: &str) -> u64 {
        let answer = self.http().get("/metrics").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let text = answer.text();
        let series = text.lines().filter(|line| line.starts_with(name) && line.contains(label));
        series.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// Stops it in order, and returns what it logged.
    ///
    /// # Panics
    /// When it does not stop, or not with exit code 0.
    pub async fn stop(self) -> String {
        self.stop_within(STOP_WITHIN).await
    }

    /// The same within a time.
    ///
    /// # Panics
    /// As [`stop`](Self::stop).
    pub async fn stop_within(mut self, limit: Duration) -> String {
        self.process.terminate();
        self.ended_within(limit).await
    }

    /// Awaits its end after [`terminate`](Self::terminate), and returns what it logged.
    ///
    /// # Panics
    /// As [`stop`](Self::stop).
    pub async fn ended_within(mut self, limit: Duration) -> String {
        let status = self.process.ended(limit).await;
        assert!(status.success(), "the server ended with {status}:\n{}", self.process.log());
        self.log()
    }

    /// Asks it to stop, without waiting.
    pub fn terminate(&mut self) {
        self.process.terminate();
    }
}

/// The address in the log's line that says `ready`.
fn address_of(line: &str) -> Option<SocketAddr> {
    let line: Value = serde_json::from_str(line).ok()?;
    (line["message"] == "ready").then(|| line["server.address"].as_str()?.parse().ok()).flatten()
}
