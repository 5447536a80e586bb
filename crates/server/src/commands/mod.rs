//! One file per command.

pub(crate) mod asyncapi;
pub(crate) mod config;
pub(crate) mod create_user;
pub(crate) mod demo;
pub(crate) mod healthcheck;
pub(crate) mod migrate;
pub(crate) mod openapi;
mod password;
pub(crate) mod serve;
pub(crate) mod set_password;

use std::io::Write as _;

use mockly_service::{ServiceError, Services};

use crate::config::Config;
use crate::failure::Failure;
use crate::{logging, wiring};

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

/// Runs a use case on the configured database, and nothing else of the server.
fn with_services<T>(
    config: &Config,
    use_case: impl AsyncFnOnce(&Services) -> Result<T, ServiceError>,
) -> Result<T, Failure> {
    logging::start(&config.logging);
    block_on(async {
        let database = wiring::open_ready_database(config).await?;
        let services = wiring::build_services(config, config.server.listen.port, database.clone())?;
        let done = use_case(&services).await.map_err(|error| Failure::Run(wiring::describe(&error)))?;
        database.close().await.map_err(|error| Failure::because("the database does not close", &error))?;
        Ok(done)
    })
}
