//! `mockly migrate`: brings the schema up to date, for deployments where servers do not do it themselves.

use super::{block_on, print};
use crate::config::{Sources, StorageConfig};
use crate::failure::Failure;
use crate::{logging, wiring};

pub(crate) fn run(sources: &Sources) -> Result<(), Failure> {
    let config = StorageConfig::load(sources)?;
    logging::start(&config.logging);
    block_on(async {
        let database = wiring::open_database(&config.database).await?;
        let was_behind = database
            .migrate()
            .await
            .map_err(|error| Failure::because("the schema could not be brought up to date", &error))?;
        database.close().await.map_err(|error| Failure::because("the database does not close", &error))?;
        print(if was_behind { "The schema was brought up to date.\n" } else { "The schema is up to date.\n" })
    })
}
