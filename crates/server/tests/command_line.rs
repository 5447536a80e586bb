//! The binary as people call it: exit codes, what is printed, starting and stopping.
#![expect(clippy::unwrap_used, reason = "a test's helpers end the test where something is not as it should be")]

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

const SECRET: &str = "9f2b7c0d4e8a11365f0c9be27d4418a3";

/// The binary in a folder of its own, with no environment but what the test gives.
fn mockly(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mockly"));
    command.env_clear().envs(environment.iter().copied()).current_dir(folder).args(arguments);
    command.stdin(Stdio::null());
    command
}

/// Runs it to its end and checks its exit code.
fn check(folder: &Path, environment: &[(&str, &str)], arguments: &[&str], code: i32) -> (String, String) {
    let output = mockly(folder, environment, arguments).output().unwrap();
    checked(&output, arguments, code)
}

fn checked(output: &Output, arguments: &[&str], code: i32) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?} prints {out:?} and tells {err:?}");
    (out, err)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn faults_of_the_configuration_are_told_together() {
    let folder = folder();
    let (out, err) = check(folder.path(), &[("PORT", "x"), ("LOG_LEVEL", "a=b")], &["serve"], 2);
    assert_eq!(out, "");
    for part in ["3 faults", "PORT is \"x\"", "LOG_LEVEL is", "ACCESS_TOKEN_SECRET is missing"] {
        assert!(err.contains(part), "{err}");
    }
    check(folder.path(), &[], &["serve", "--config", "nowhere.toml"], 2);
    check(folder.path(), &[], &["dance"], 2);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a refused start leaves nothing");
}

#[test]
fn what_needs_no_configuration_asks_for_none() {
    let folder = folder();
    let (version, _) = check(folder.path(), &[], &["--version"], 0);
    assert_eq!(version, format!("mockly {}\n", env!("CARGO_PKG_VERSION")));
    for command in ["openapi", "asyncapi"] {
        let (document, _) = check(folder.path(), &[("PORT", "x")], &[command], 0);
        assert!(document.starts_with('{') && document.ends_with("}\n"));
    }
    check(folder.path(), &[("PORT", "x")], &["config", "--env-example"], 0);
    let (first, _) = check(folder.path(), &[], &["migrate"], 0);
    let (second, _) = check(folder.path(), &[], &["migrate"], 0);
    assert_eq!((&*first, &*second), ("The schema was brought up to date.\n", "The schema is up to date.\n"));
}

#[test]
fn demo_accounts_are_made_once_and_never_in_production() {
    let folder = folder();
    let development = [("ENVIRONMENT", "development"), ("LOG_LEVEL", "error")];
    let (first, _) = check(folder.path(), &development, &["demo"], 0);
    let (second, _) = check(folder.path(), &development, &["demo"], 0);
    assert_eq!(first, second);
    let lines: Vec<Vec<_>> = first.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines.len(), 3, "{first}");
    assert!(lines.iter().all(|line| line.len() == 5), "{first}");
    let (_, err) = check(folder.path(), &[("ACCESS_TOKEN_SECRET", SECRET)], &["demo"], 2);
    assert!(err.contains("development only"), "{err}");
}

#[test]
fn an_account_is_made_by_hand() {
    let folder = folder();
    let environment = [("ACCESS_TOKEN_SECRET", SECRET), ("LOG_LEVEL", "error")];
    let create = ["user", "create", "--email", "ada@example.org", "--display-name", "Ada", "--role", "admin"];
    let (out, _) = check(folder.path(), &environment, &create, 0);
    assert!(out.contains("Password, shown this once: "), "{out}");
    let (_, err) = check(folder.path(), &environment, &create, 1);
    assert!(err.contains("address"), "{err}");

    let by_pipe = ["user", "create", "--email", "bob@example.org", "--display-name", "Bob", "--password-stdin"];
    let (out, _) = with_password(folder.path(), &environment, &by_pipe, "correct horse battery", 0);
    assert!(!out.contains("Password"), "{out}");
}

#[test]
fn a_forgotten_password_is_set_by_hand() {
    let folder = folder();
    let environment = [("ACCESS_TOKEN_SECRET", SECRET), ("LOG_LEVEL", "error")];
    let set = ["user", "set-password", "--email", "Ada@example.org"];
    let (_, err) = check(folder.path(), &environment, &set, 1);
    assert!(err.contains("no database at data/mockly.db"), "{err}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "and none is made");
    check(folder.path(), &environment, &["migrate"], 0);
    let (_, err) = check(folder.path(), &environment, &set, 1);
    assert!(err.contains("No account has this e-mail address"), "{err}");
    let create = ["user", "create", "--email", "ada@example.org", "--display-name", "Ada"];
    check(folder.path(), &environment, &create, 0);
    let (out, _) = check(folder.path(), &environment, &set, 0);
    assert!(out.contains("Password, shown this once: "), "{out}");
    let by_pipe = ["user", "set-password", "--email", "ada@example.org", "--password-stdin"];
    let (_, err) = with_password(folder.path(), &environment, &by_pipe, "short", 1);
    assert!(err.contains("must have 8 to 128 characters"), "{err}");
    let (out, _) = with_password(folder.path(), &environment, &by_pipe, "correct horse battery", 0);
    assert!(out.contains("its sign-ins have ended") && !out.contains("Password"), "{out}");
}

/// What a command prints and tells that gets a password by its standard input.
fn with_password(
    folder: &Path,
    environment: &[(&str, &str)],
    arguments: &[&str],
    password: &str,
    code: i32,
) -> (String, String) {
    let mut command = mockly(folder, environment, arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    checked(&child.wait_with_output().unwrap(), arguments, code)
}

#[test]
fn the_server_starts_answers_and_stops_in_order() {
    let folder = folder();
    let environment = [
        ("ACCESS_TOKEN_SECRET", SECRET),
        ("PORT", "0"),
        ("DRAIN_DELAY", "0s"),
        ("WORKERS", "1"),
        ("LOG_LEVEL", "info"),
    ];
    let mut server = Server::start(folder.path(), &environment);
    assert!(server.ask("/readyz").starts_with("HTTP/1.1 200"), "{}", server.ask("/readyz"));
    check(folder.path(), &[("PORT", server.port.as_str())], &["healthcheck"], 0);
    // One that idles must not hold the stop up.
    let idle = TcpStream::connect(("127.0.0.1", server.port.parse().unwrap())).unwrap();
    server.signal(Signal::TERM);
    let log = server.end(0);
    drop(idle);
    assert!(log.contains("\"stopped\""), "{log}");
    check(folder.path(), &[("PORT", server.port.as_str())], &["healthcheck"], 1);
    assert!(!log.contains(SECRET), "{log}");
}

#[test]
fn a_request_under_way_is_finished() {
    let folder = folder();
    let environment = [("ACCESS_TOKEN_SECRET", SECRET), ("PORT", "0"), ("DRAIN_DELAY", "0s"), ("WORKERS", "1")];
    let mut server = Server::start(folder.path(), &environment);
    let body = r#"{"email": "nobody@example.org", "password": "correct horse battery"}"#;
    let mut stream = TcpStream::connect(format!("127.0.0.1:{}", server.port)).unwrap();
    write!(
        stream,
        "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    )
    .unwrap();
    // The server asks for the body once the request is under way.
    let mut answer = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    answer.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 100"), "{line}");
    server.signal(Signal::TERM);
    server.read_until("stopping");
    // Whoever comes is refused, not left waiting, so that a balancer goes to another node.
    let asked = Instant::now();
    let refused = loop {
        match TcpStream::connect(format!("127.0.0.1:{}", server.port)) {
            Ok(mut taken) => {
                assert!(asked.elapsed() < Duration::from_secs(20), "connections are still taken");
                // Nothing comes: this only leaves the server the time to hear of the signal.
                taken.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
                let _nothing = taken.read(&mut [0]);
            }
            Err(error) => break error,
        }
    };
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    stream.write_all(body.as_bytes()).unwrap();
    let mut rest = String::new();
    answer.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("HTTP/1.1 401"), "{rest}");
    server.end(0);
}

#[test]
fn a_second_signal_stops_at_once() {
    let folder = folder();
    let environment = [("ACCESS_TOKEN_SECRET", SECRET), ("PORT", "0"), ("DRAIN_DELAY", "5s"), ("WORKERS", "1")];
    let mut server = Server::start(folder.path(), &environment);
    server.signal(Signal::INT);
    server.read_until("stopping");
    server.signal(Signal::TERM);
    let log = server.end(1);
    assert!(log.contains("stopped at once by a second SIGTERM"), "{log}");
}

/// A running server; killed where a test gives up on it.
struct Server {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
    port: String,
}

impl Server {
    fn start(folder: &Path, environment: &[(&str, &str)]) -> Self {
        let mut command = mockly(folder, environment, &["serve"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut server = Self { child, log, port: String::new() };
        let ready = server.read_until("\"ready\"");
        let (_, address) = ready.split_once("\"server.address\":\"127.0.0.1:").unwrap();
        address.split_once('"').unwrap().0.clone_into(&mut server.port);
        server
    }

    /// The next line of the log that has this in it.
    fn read_until(&mut self, part: &str) -> String {
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "the log ends without {part:?}: {seen}");
            if line.contains(part) {
                return line;
            }
            seen.push_str(&line);
        }
    }

    fn ask(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{}", self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end and gives the rest of the log.
    fn end(&mut self, code: i32) -> String {
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(code), "{rest}");
        rest
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
