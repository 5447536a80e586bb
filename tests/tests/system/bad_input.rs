//! Everything that a client can do wrong: each its documented error, and nothing secret in the log.

mod http;
mod stomp;

/// What must not be found in a log, whatever was done wrong with it.
#[track_caller]
fn assert_no_secret(log: &str, secrets: &[&str]) {
    assert!(log.contains("\"message\":\"request\"") && log.contains("\"message\":\"stopped\""), "the log is whole");
    for secret in secrets {
        if let Some(line) = log.lines().find(|line| line.contains(secret)) {
            panic!("the log has the secret {secret}: {line}");
        }
    }
}
