//! The pool, the schema and the unit of work.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mockly_domain::{Participant, Session, SessionId, User, UserId};
use mockly_migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;

use crate::DataError;
use crate::address::Address;
use crate::executor::{self, Executor};
use crate::gather::Gather;
use crate::pool::{Lease, Pool};
use crate::repository::SessionParts;

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

impl fmt::Debug for DatabaseSettings {
    /// Leaves the URL out, since it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("connections_max", &self.connections_max)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The database of this node; cheap to clone.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    /// SQLite has one writer: waiting for it in line here is fair and wakes at once, where SQLite's own busy handler
    /// polls.
    writer: Option<Arc<Semaphore>>,
    pub(crate) users: Gather<UserId, User>,
    pub(crate) places: Gather<(SessionId, UserId), (Session, Option<Participant>)>,
    pub(crate) parts: Gather<SessionId, SessionParts>,
}

impl Database {
    /// Opens the pool. A SQLite file is made where there is none; its folder must be there.
    ///
    /// # Errors
    /// [`DataError`] where the URL is no database or the database does not answer.
    pub async fn connect(settings: &DatabaseSettings) -> Result<Self, DataError> {
        let address = Address::of(&settings.url, settings.timeout).map_err(DbErr::Custom)?;
        let in_memory = address.backend() == DbBackend::Sqlite && settings.url.contains(":memory:");
        // An in-memory database is one connection's own.
        let connections_max = if in_memory { 1 } else { settings.connections_max.max(1) };
        let writer = (address.backend() == DbBackend::Sqlite).then(|| Arc::new(Semaphore::new(1)));
        let opened = Box::pin(Pool::open(address, connections_max, settings.timeout, in_memory));
        let pool = executor::until(executor::deadline(settings.timeout), opened).await?;
        let (users, places, parts) = Default::default();
        Ok(Self { pool, writer, users, places, parts })
    }

    /// The same database, telling `seen` of the text of each statement once it has run, in its order. What begins and
    /// ends transactions is not told.
    #[must_use]
    pub fn watched(mut self, seen: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.pool = self.pool.watched(Arc::new(seen));
        self
    }

    /// Brings the schema up to date, wholly or not at all, and tells whether there was anything to do. Nodes that start
    /// together wait for each other, as long as for any other lock.
    ///
    /// # Errors
    /// [`DataError`] where a change fails.
    pub async fn migrate(&self) -> Result<bool, DataError> {
        self.with_schema(async |schema| {
            // Both databases undo changes of the schema with their transaction, so that one who dies leaves no half.
            let work = begin_apart(schema).await?;
            if !self.is_sqlite() {
                for statement in [
                    "SELECT pg_advisory_xact_lock(hashtext('mockly-migrations'))",
                    // To build an index takes as long as there are rows.
                    "SET LOCAL statement_timeout = 0",
                ] {
                    work.execute_unprepared(statement).await?;
                }
            }
            let was_behind = !Migrator::get_pending_migrations(&work).await?.is_empty();
            Migrator::up(&work, None).await?;
            work.commit().await?;
            Ok(was_behind)
        })
        .await
    }

    /// Whether the schema has every change that this version knows.
    ///
    /// # Errors
    /// [`DataError`] where the database does not answer.
    pub async fn is_up_to_date(&self) -> Result<bool, DataError> {
        self.with_schema(async |schema| Ok(Migrator::get_pending_migrations(schema).await?.is_empty())).await
    }

    /// SeaORM's migrations want a connection of SeaORM's, which they have for themselves as long as they run.
    async fn with_schema<T>(
        &self,
        work: impl AsyncFnOnce(&DatabaseConnection) -> Result<T, DbErr>,
    ) -> Result<T, DataError> {
        // It happens once, and would be part of the future of whoever starts.
        Box::pin(async {
            let schema = self.pool.address().connect_apart(self.pool.timeout()).await?;
            let done = work(&schema).await;
            schema.close().await?;
            Ok(done?)
        })
        .await
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`DataError`] where none comes in time.
    pub async fn ping(&self) -> Result<(), DataError> {
        self.executor().execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Begins the one kind of transaction there is; dropping it undoes it.
    ///
    /// # Errors
    /// [`DataError::Unavailable`] where no connection or (on SQLite) no turn to write comes within the timeout.
    pub async fn begin(&self) -> Result<UnitOfWork, DataError> {
        let turn = match &self.writer {
            Some(writer) => Some(
                tokio::time::timeout(self.pool.timeout(), Arc::clone(writer).acquire_owned())
                    .await
                    .map_err(|late| DataError::Unavailable(Arc::new(late)))?
                    .map_err(|closed| DataError::Unavailable(Arc::new(closed)))?,
            ),
            None => None,
        };
        let deadline = self.deadline();
        let begun = executor::until(deadline, async {
            let mut lease = self.pool.lease(turn).await?;
            lease.begin().await?;
            Ok(lease)
        });
        let lease = Box::new(Mutex::new(Box::pin(begun).await?));
        let terms = Box::new(Terms { deadline, timeout: self.pool.timeout(), backend: self.backend(), surely: None });
        Ok(UnitOfWork { lease, terms })
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
                let row = self.executor().query_one_raw(asked.clone()).await?;
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
        executor::deadline(self.pool.timeout())
    }

    /// Closes the pool after what is under way.
    ///
    /// # Errors
    /// [`DataError`] where a connection does not close cleanly.
    pub async fn close(&self) -> Result<(), DataError> {
        Ok(self.pool.close().await?)
    }

    fn backend(&self) -> DbBackend {
        self.pool.address().backend()
    }

    pub(crate) fn executor(&self) -> Executor<'_> {
        Executor::Pool(&self.pool)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("pool", &self.pool).finish_non_exhaustive()
    }
}

/// A transaction: everything done through it happens at [`UnitOfWork::commit`], or not at all. It is given up when it has
/// not come that far within the database's timeout.
#[derive(Debug)]
pub struct UnitOfWork {
    /// In boxes, since a unit of work is part of every command's future.
    lease: Box<Mutex<Lease>>,
    terms: Box<Terms>,
}

/// How long it may take, and what happens where nobody knows how it ended.
#[derive(Debug)]
struct Terms {
    deadline: Instant,
    timeout: Duration,
    backend: DbBackend,
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
        let committed = self.lease.into_inner().commit();
        let Err(error) = executor::until(executor::deadline(self.terms.timeout), committed).await else {
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
        Executor::Transaction(&self.lease, self.terms.backend, self.terms.deadline)
    }
}

/// Begins a transaction on a connection of SeaORM's.
#[expect(clippy::disallowed_methods, reason = "migrations know no unit of work")]
async fn begin_apart(schema: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let sqlite = schema.get_database_backend() == DbBackend::Sqlite;
    let options = TransactionOptions {
        sqlite_transaction_mode: sqlite.then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    schema.begin_with_options(options).await
}
