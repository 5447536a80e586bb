//! One file per command.

pub(crate) mod asyncapi;
pub(crate) mod config;
pub(crate) mod create_user;
pub(crate) mod demo;
pub(crate) mod healthcheck;
pub(crate) mod migrate;
pub(crate) mod openapi;
pub(crate) mod serve;

use std::io::Write as _;

use crate::failure::Failure;

/// Prints what the command was asked for.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Failure::because("standard output cannot be written", &error))
}

/// Runs a command that needs the database but serves nothing.
fn block_on<T>(command: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::because("the runtime does not start", &error))?.block_on(command)
}
