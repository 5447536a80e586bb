//! Foreign clients, each in a process of its own: it says in JSON lines what happens to it, and takes commands the same
//! way.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};

use serde_json::Value;
use tokio::sync::mpsc;

use crate::deadline::{PATIENCE, within};
use crate::environment;
use crate::process::Process;

/// Lines that may wait for the test.
const LINES_MAX: usize = 10_000;

/// A running script of `tests/clients/`.
pub struct Script {
    process: Process,
    lines: mpsc::Receiver<Value>,
    input: Option<ChildStdin>,
}

impl Script {
    /// Starts one of the JavaScript clients.
    ///
    /// # Panics
    /// When it does not start.
    pub fn node(file: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new("node");
        command.arg(clients().join(file)).args(arguments).env("TEST_NODE_DIR", environment::node_folder());
        if file.starts_with("chromium") {
            command.env("TEST_CHROMIUM", environment::chromium());
        }
        Self::start(file, command)
    }

    /// Starts one of the Python clients.
    ///
    /// # Panics
    /// When it does not start.
    pub fn python(file: &str, arguments: &[&str]) -> Self {
        let mut command = python_command();
        command.arg("-u").arg(clients().join(file)).args(arguments);
        Self::start(file, command)
    }

    fn start(name: &str, mut command: Command) -> Self {
        command.stdin(Stdio::piped()).current_dir(environment::node_folder());
        let mut process = Process::start(name, &mut command);
        let output = process.child().stdout.take().expect("it is piped");
        let input = process.child().stdin.take();
        let (sender, lines) = mpsc::channel(LINES_MAX);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // What is no JSON is a library's chatter.
                let Ok(value) = serde_json::from_str(&line) else { continue };
                if sender.blocking_send(value).is_err() {
                    return;
                }
            }
        });
        Self { process, lines, input }
    }

    /// Awaits what it says next.
    ///
    /// # Panics
    /// When it says nothing more.
    pub async fn next(&mut self) -> Value {
        let line = within(PATIENCE, "line of a client", self.lines.recv()).await;
        line.unwrap_or_else(|| panic!("the client has ended:\n{}", self.process.log()))
    }

    /// Awaits a line with that `event`, and passes over others.
    ///
    /// # Panics
    /// When it says nothing more, or that something failed.
    pub async fn event(&mut self, event: &str) -> Value {
        loop {
            let line = self.next().await;
            assert_ne!(line["event"], "failed", "{line} while waiting for {event}\n{}", self.process.log());
            if line["event"] == event {
                return line;
            }
        }
    }

    /// Tells it what to do.
    ///
    /// # Panics
    /// When it has ended.
    pub fn tell(&mut self, command: &Value) {
        let input = self.input.as_mut().expect("it has not been finished");
        writeln!(input, "{command}").unwrap_or_else(|_gone| panic!("the client has ended:\n{}", self.process.log()));
    }

    /// Closes its input, which ends it, and waits until it has.
    ///
    /// # Panics
    /// When it ends with anything but exit code 0.
    pub async fn finish(mut self) {
        drop(self.input.take());
        let status = self.process.ended(PATIENCE).await;
        assert!(status.success(), "the client ended with {status}:\n{}", self.process.log());
    }
}

/// The Python that has the packages of the tests.
pub fn python_command() -> Command {
    Command::new(environment::python())
}

/// The folder of the scripts, beside this package's manifest.
fn clients() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/clients"))
}
