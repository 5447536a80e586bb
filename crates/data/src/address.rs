//! Where the database is, and how this server speaks to it.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions as _, PgConnection, SqliteConnection};
use sea_orm::{DatabaseConnection, DbBackend, DbErr, RuntimeErr};

/// Where the database is, and how it is spoken to.
pub(crate) enum Address {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
}

/// A connection to it.
pub(crate) enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The same for a connection of either kind.
macro_rules! on {
    ($connection:expr, $one:ident => $what:expr) => {
        match $connection {
            $crate::address::Connection::Sqlite($one) => $what,
            $crate::address::Connection::Postgres($one) => $what,
        }
    };
}

pub(crate) use on;

impl Address {
    /// The one that a URL names; `timeout` is how long a statement may take.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub(crate) fn of(url: &str, timeout: Duration) -> Result<Self, String> {
        let invalid = |_parse| "is not a valid database URL".to_owned();
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url).map_err(invalid)?;
            let options = options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                // A row crosses from the thread of the connection to ours; a room of a thousand is read in one go.
                .row_buffer_size(1_000)
                .busy_timeout(timeout)
                .foreign_keys(true)
                .disable_statement_logging();
            return Ok(Self::Sqlite(Box::new(options)));
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let millis = timeout.as_millis().to_string();
            let options = PgConnectOptions::from_str(url).map_err(invalid)?;
            let options = options
                .application_name("mockly")
                .options([
                    ("statement_timeout", millis.as_str()),
                    ("lock_timeout", millis.as_str()),
                    ("idle_in_transaction_session_timeout", millis.as_str()),
                ])
                .disable_statement_logging();
            return Ok(Self::Postgres(Box::new(options)));
        }
        Err("must begin with sqlite: or postgres:".to_owned())
    }

    pub(crate) fn backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(_) => DbBackend::Sqlite,
            Self::Postgres(_) => DbBackend::Postgres,
        }
    }

    /// A connection as SeaORM's migrations want one; to be closed by whoever asks for it.
    pub(crate) async fn connect_apart(&self, timeout: Duration) -> Result<DatabaseConnection, DbErr> {
        let connected: sqlx::Result<DatabaseConnection> = match self {
            Self::Sqlite(options) => {
                let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(timeout);
                pool.connect_with((**options).clone()).await.map(DatabaseConnection::from)
            }
            Self::Postgres(options) => {
                let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(timeout);
                pool.connect_with((**options).clone()).await.map(DatabaseConnection::from)
            }
        };
        connected.map_err(not_connected)
    }

    pub(crate) async fn connect(&self) -> sqlx::Result<Connection> {
        Ok(match self {
            Self::Sqlite(options) => Connection::Sqlite(options.connect().await?),
            Self::Postgres(options) => Connection::Postgres(options.connect().await?),
        })
    }
}

pub(crate) fn not_connected(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

/// Checks that a URL names a database this build can open, without opening it.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn check_url(url: &str) -> Result<(), String> {
    Address::of(url, Duration::ZERO).map(drop)
}
