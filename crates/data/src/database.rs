//! The pool, the schema and the unit of work.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use mockly_domain::{Participant, Session, SessionId, User, UserId};
use mockly_migrations::{Migrator, MigratorTrait};
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::DataError;
use crate::executor::{self, Executor};
use crate::gather::Gather;

/// How long a connection may lie idle before it is asked whether it still works. Asking each time costs a turn as long as
/// that of a small statement; no database restarts in less.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// How often a transaction is looked at of which nobody knows whether it has happened.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How to reach the database.
#[derive(Clone)]
pub struct DatabaseSettings {
    /// `sqlite://path`, `sqlite::memory:` or `postgres://user:password@host/name`.
    pub url: String,
    /// Most connections of this node.
    pub connections_max: u32,
    /// How long a statement or a transaction may take and a connection may be waited for.
    pub timeout: Duration,
}

impl std::fmt::Debug for DatabaseSettings {
    /// Leaves the URL out, since it may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("connections_max", &self.connections_max)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The database of this node; cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    connection: DatabaseConnection,
    /// SQLite has one writer: waiting for it in line here is fair and wakes at once, where SQLite's own busy handler
    /// polls.
    writer: Option<Arc<Semaphore>>,
    timeout: Duration,
    pub(crate) users: Gather<UserId, User>,
    pub(crate) places: Gather<(SessionId, UserId), (Session, Option<Participant>)>,
}

impl Database {
    /// Opens the pool. A SQLite file is made where there is none; its folder must be there.
    ///
    /// # Errors
    /// [`DataError`] where the URL is no database or the database does not answer.
    pub async fn connect(settings: &DatabaseSettings) -> Result<Self, DataError> {
        let sqlite = settings.url.starts_with("sqlite:");
        let in_memory = sqlite && settings.url.contains(":memory:");
        // An in-memory database is one connection's own.
        let connections_max = if in_memory { 1 } else { settings.connections_max.max(1) };
        let mut options = ConnectOptions::new(settings.url.as_str());
        options
            .min_connections(1)
            .max_connections(connections_max)
            .acquire_timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            .test_before_acquire_if_idle_for(TRUSTED_FOR)
            .sqlx_logging(false);
        if in_memory {
            options.idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
        }
        let timeout = settings.timeout;
        options.map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                // A row crosses from the thread of the connection to ours; a room of a thousand is read in one go.
                .row_buffer_size(1_000)
                .busy_timeout(timeout)
                .foreign_keys(true)
        });
        // Where SQLite has undone a transaction by itself, as on a full disk, there is nothing left to roll back, and the
        // pool takes the connection for one within that transaction for ever.
        options.map_sqlx_sqlite_before_acquire(|connection, _| {
            let is_free = !connection.is_in_transaction();
            Box::pin(std::future::ready(Ok(is_free)))
        });
        options.map_sqlx_postgres_opts(move |postgres| {
            let millis = timeout.as_millis().to_string();
            postgres.application_name("mockly").options([
                ("statement_timeout", millis.as_str()),
                ("lock_timeout", millis.as_str()),
                ("idle_in_transaction_session_timeout", millis.as_str()),
            ])
        });
        let connection = sea_orm::Database::connect(options).await?;
        let writer = sqlite.then(|| Arc::new(Semaphore::new(1)));
        Ok(Self { connection, writer, timeout, users: Gather::default(), places: Gather::default() })
    }

    /// The same database, telling `seen` of the text of each statement once it has run, in its order. What begins and
    /// ends transactions is not told.
    #[must_use]
    pub fn watched(mut self, seen: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.connection.set_metric_callback(move |info| seen(&info.statement.sql));
        self
    }

    /// Brings the schema up to date, wholly or not at all. Nodes that start together wait for each other, as long as for
    /// any other lock.
    ///
    /// # Errors
    /// [`DataError`] where a change fails.
    pub async fn migrate(&self) -> Result<(), DataError> {
        // Both databases undo changes of the schema with their transaction, so that one who dies leaves no half of them.
        let work = self.begin().await?;
        if !self.is_sqlite() {
            for statement in [
                "SELECT pg_advisory_xact_lock(hashtext('mockly-migrations'))",
                // To build an index takes as long as there are rows.
                "SET LOCAL statement_timeout = 0",
            ] {
                work.transaction.execute_raw(Statement::from_string(DbBackend::Postgres, statement)).await?;
            }
        }
        Migrator::up(&*work.transaction, None).await?;
        work.commit().await
    }

    /// Whether the schema has every change that this version knows.
    ///
    /// # Errors
    /// [`DataError`] where the database does not answer.
    pub async fn is_up_to_date(&self) -> Result<bool, DataError> {
        Ok(Migrator::get_pending_migrations(&self.connection).await?.is_empty())
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`DataError`] where none comes in time.
    pub async fn ping(&self) -> Result<(), DataError> {
        let answer = tokio::time::timeout(self.timeout, self.connection.ping()).await;
        Ok(answer.map_err(|late| DataError::Unavailable(Arc::new(late)))??)
    }

    /// Begins the one kind of transaction there is; dropping it undoes it.
    ///
    /// # Errors
    /// [`DataError::Unavailable`] where no connection or (on SQLite) no turn to write comes within the timeout.
    #[expect(clippy::disallowed_methods, reason = "this is the one place where a transaction begins")]
    pub async fn begin(&self) -> Result<UnitOfWork, DataError> {
        let turn = match &self.writer {
            Some(writer) => Some(
                tokio::time::timeout(self.timeout, Arc::clone(writer).acquire_owned())
                    .await
                    .map_err(|late| DataError::Unavailable(Arc::new(late)))?
                    .map_err(|closed| DataError::Unavailable(Arc::new(closed)))?,
            ),
            None => None,
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: self.writer.as_ref().map(|_| SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let deadline = self.deadline();
        let begun = executor::until(deadline, self.connection.begin_with_options(options));
        let transaction = Box::new(Box::pin(begun).await?);
        let terms = Box::new(Terms { deadline, timeout: self.timeout, surely: None });
        Ok(UnitOfWork { transaction, terms, _turn: turn })
    }

    /// Whether this is SQLite, which is for a single node.
    pub fn is_sqlite(&self) -> bool {
        self.writer.is_some()
    }

    /// Whether the PostgreSQL transaction of that name has happened. One that still runs is waited for.
    async fn has_committed(&self, id: &str) -> Result<bool, DataError> {
        let asked = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_xact_status($1::xid8) AS status",
            [id.into()],
        );
        let answer = async {
            let mut looks = tokio::time::interval(LOOK_EVERY);
            loop {
                looks.tick().await;
                let row = self.connection.query_one_raw(asked.clone()).await?;
                let status: Option<String> = row.map(|row| row.try_get("", "status")).transpose()?.flatten();
                if status.as_deref() != Some("in progress") {
                    return Ok(status.as_deref() == Some("committed"));
                }
            }
        };
        Ok(executor::until(self.deadline(), answer).await?)
    }

    /// When something that begins now is given up.
    pub(crate) fn deadline(&self) -> Instant {
        executor::deadline(self.timeout)
    }

    /// Closes the pool after what is under way.
    ///
    /// # Errors
    /// [`DataError`] where a connection does not close cleanly.
    pub async fn close(&self) -> Result<(), DataError> {
        Ok(self.connection.clone().close().await?)
    }

    pub(crate) fn executor(&self) -> Executor<'_> {
        Executor::Pool(&self.connection, self.timeout)
    }
}

/// A transaction: everything done through it happens at [`UnitOfWork::commit`], or not at all. It is given up when it has
/// not come that far within the database's timeout.
#[derive(Debug)]
pub struct UnitOfWork {
    /// In boxes, since a unit of work is part of every command's future.
    transaction: Box<DatabaseTransaction>,
    terms: Box<Terms>,
    _turn: Option<OwnedSemaphorePermit>,
}

/// How long it may take, and what happens where nobody knows how it ended.
#[derive(Debug)]
struct Terms {
    deadline: Instant,
    timeout: Duration,
    /// Who is asked what became of it, where the answer to the commit does not come.
    surely: Option<Database>,
}

impl UnitOfWork {
    /// Has [`commit`](Self::commit) find out, where the connection is lost on the way, whether it has happened: for what
    /// must not be done a second time. It costs PostgreSQL one short statement more.
    #[must_use]
    pub fn surely(mut self, database: &Database) -> Self {
        // SQLite's commit has no way on which its answer could be lost.
        self.terms.surely = (!database.is_sqlite()).then(|| database.clone());
        self
    }

    /// Makes it so.
    ///
    /// # Errors
    /// [`DataError`] where the database refuses or is lost on the way; in the latter case it may have happened.
    pub async fn commit(self) -> Result<(), DataError> {
        // It would be part of every command's future.
        Box::pin(self.commit_and_ask()).await
    }

    async fn commit_and_ask(self) -> Result<(), DataError> {
        let id = match self.terms.surely {
            Some(_) => self.transaction_id().await?,
            None => None,
        };
        let Err(error) = executor::until(executor::deadline(self.terms.timeout), self.transaction.commit()).await
        else {
            return Ok(());
        };
        let error = DataError::from(error);
        match (self.terms.surely, id) {
            (Some(database), Some(id)) if matches!(error, DataError::Unavailable(_)) => {
                if database.has_committed(&id).await? { Ok(()) } else { Err(error) }
            }
            _ => Err(error),
        }
    }

    /// PostgreSQL's name for it; `None` where it has written nothing.
    async fn transaction_id(&self) -> Result<Option<String>, DataError> {
        let statement =
            Statement::from_string(DbBackend::Postgres, "SELECT pg_current_xact_id_if_assigned()::text AS id");
        let row = self.executor().query_one_raw(statement).await?;
        Ok(row.map(|row| row.try_get("", "id")).transpose()?.flatten())
    }

    pub(crate) fn executor(&self) -> Executor<'_> {
        Executor::Transaction(&self.transaction, self.terms.deadline)
    }
}

/// Checks that a URL names a database this build can open, without opening it.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn check_url(url: &str) -> Result<(), String> {
    let checked: Result<(), DbErr> = if url.starts_with("sqlite:") {
        sea_orm::sqlx::sqlite::SqliteConnectOptions::from_str(url)
            .map(drop)
            .map_err(|error| DbErr::Custom(error.to_string()))
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        sea_orm::sqlx::postgres::PgConnectOptions::from_str(url)
            .map(drop)
            .map_err(|error| DbErr::Custom(error.to_string()))
    } else {
        return Err("must begin with sqlite: or postgres:".to_owned());
    };
    checked.map_err(|_parse| "is not a valid database URL".to_owned())
}
