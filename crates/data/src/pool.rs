//! Connections to the database, each kept for the next statement.
//!
//! Sqlx has a pool, which asks a connection for a sign of life whenever it gets one back. Beside a small statement that is
//! a second turn of the same length, so that the connections lie in deadpool's instead (ADR 0017).

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool::managed::{self, Manager, Metrics, Object, PoolError, QueueMode, RecycleError, RecycleResult};
use sea_orm::sea_query::Values;
use sea_orm::sqlx::postgres::{PgDatabaseError, PgSeverity};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection as _, Executor as _};
use sea_orm::{ConnAcquireErr, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::address::{Address, Connection, not_connected, on};

/// How long a connection may lie idle before it is asked whether it still works. No database restarts in less.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// A connection that nobody has used for so long is closed.
const IDLE_MAX: Duration = Duration::from_mins(10);
/// Nor is any used longer, so that what it has gathered is given back.
const AGE_MAX: Duration = Duration::from_mins(30);
/// How often the idle ones are looked at.
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// Between attempts to reach a server that is starting: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// Is told the text of each statement once it has run.
pub(crate) type Seen = Arc<dyn Fn(&str) + Send + Sync>;

/// A connection, and what it is at.
struct Link {
    connection: Connection,
    /// It has a statement under way, or one whose end nobody knows.
    is_busy: bool,
    in_transaction: bool,
}

impl Link {
    /// Notes that a statement is under way until it has come to its end; nobody may still be there to see it.
    async fn run<T>(&mut self, statement: impl AsyncFnOnce(&mut Connection) -> sqlx::Result<T>) -> sqlx::Result<T> {
        self.is_busy = true;
        let done = statement(&mut self.connection).await;
        self.is_busy = done.as_ref().is_err_and(is_lost);
        done
    }

    async fn control(&mut self, statement: &'static str) -> sqlx::Result<()> {
        self.run(async |connection| on!(connection, one => one.execute(statement).await.map(drop))).await
    }

    async fn begin(&mut self) -> sqlx::Result<()> {
        self.in_transaction = true;
        let statement = match self.connection {
            // A deferred one that reads before it writes fails where another has written meanwhile.
            Connection::Sqlite(_) => "BEGIN IMMEDIATE",
            Connection::Postgres(_) => "BEGIN",
        };
        self.control(statement).await
    }

    /// `COMMIT` or `ROLLBACK`.
    async fn end(&mut self, statement: &'static str) -> sqlx::Result<()> {
        self.control(statement).await?;
        self.in_transaction = false;
        Ok(())
    }

    async fn ping(&mut self) -> sqlx::Result<()> {
        self.run(async |connection| on!(connection, one => one.ping().await)).await
    }

    fn is_settled(&self) -> bool {
        !self.is_busy && !self.in_transaction
    }

    /// Waits for what it is at, and undoes the transaction that nobody has committed.
    async fn settle(&mut self) -> sqlx::Result<()> {
        // Where SQLite has undone one by itself, as on a full disk, there is nothing to roll back, which is an error too.
        if self.in_transaction { self.end("ROLLBACK").await } else { self.ping().await }
    }
}

/// Whether the connection has gone with it, or nobody knows what it is at.
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(refusal) => refusal.try_downcast_ref().is_some_and(|refusal: &PgDatabaseError| {
            matches!(refusal.severity(), PgSeverity::Fatal | PgSeverity::Panic)
        }),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

/// Opens connections, and says which are still good.
struct Opener {
    address: Address,
    timeout: Duration,
    /// An in-memory database is gone with its last connection.
    keeps_for_ever: bool,
}

impl Manager for Opener {
    type Type = Link;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<Link> {
        let deadline = Instant::now() + self.timeout;
        let (mut pause, pause_max) = RETRY;
        loop {
            match self.address.connect().await {
                Ok(connection) => return Ok(Link { connection, is_busy: false, in_transaction: false }),
                Err(error) if is_starting(&error) && Instant::now() + pause < deadline => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(pause_max);
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn recycle(&self, link: &mut Link, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if !link.is_settled() {
            return Err(RecycleError::message("nobody knows what it is at"));
        }
        if !self.keeps_for_ever && metrics.age() >= AGE_MAX {
            return Err(RecycleError::message("it is old"));
        }
        if metrics.last_used() >= TRUSTED_FOR {
            link.ping().await?;
        }
        Ok(())
    }
}

/// A server that nobody listens for yet, or that says that it has to be waited for.
fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => error.is_transient_in_connect_phase(),
        _ => false,
    }
}

/// The connections of this node; clones are the same.
#[derive(Clone)]
pub(crate) struct Pool {
    links: managed::Pool<Opener>,
    timeout: Duration,
    seen: Option<Seen>,
    /// Those that are in use.
    leases: TaskTracker,
    next_sweep: Arc<Mutex<Instant>>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("status", &self.links.status()).finish_non_exhaustive()
    }
}

impl Pool {
    /// Opens it with a first connection.
    pub(crate) async fn open(
        address: Address,
        connections_max: u32,
        timeout: Duration,
        keeps_for_ever: bool,
    ) -> Result<Self, DbErr> {
        let opener = Opener { address, timeout, keeps_for_ever };
        // Those that were used last have the most in their caches, and the others can be closed.
        let links = managed::Pool::builder(opener)
            .max_size(usize::try_from(connections_max).unwrap_or(usize::MAX))
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(|error| DbErr::Custom(error.to_string()))?;
        let next_sweep = Arc::new(Mutex::new(Instant::now() + SWEEP_EVERY));
        let pool = Self { links, timeout, seen: None, leases: TaskTracker::new(), next_sweep };
        pool.lease(None).await?;
        Ok(pool)
    }

    /// The same connections, telling of each statement that runs through this one.
    pub(crate) fn watched(mut self, seen: Seen) -> Self {
        self.seen = Some(seen);
        self
    }

    /// How long a statement may take, and how long a connection is waited for.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) fn address(&self) -> &Address {
        &self.links.manager().address
    }

    /// A connection for one statement or one transaction; the latter may have a turn to write, which lasts as long.
    pub(crate) async fn lease(&self, turn: Option<OwnedSemaphorePermit>) -> Result<Lease, DbErr> {
        self.sweep();
        let link = self.links.get().await.map_err(|error| match error {
            PoolError::Backend(error) => not_connected(error),
            PoolError::Closed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
            _ => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        })?;
        let held = Held { link, timeout: self.timeout, _turn: turn, _lease: self.leases.token() };
        Ok(Lease { held: Some(held), seen: self.seen.clone() })
    }

    /// Closes what has lain idle for long.
    fn sweep(&self) {
        let now = Instant::now();
        {
            let mut next = self.next_sweep.lock().unwrap_or_else(PoisonError::into_inner);
            if now < *next {
                return;
            }
            *next = now + SWEEP_EVERY;
        }
        if !self.links.manager().keeps_for_ever {
            self.links.retain(|_, metrics| metrics.last_used() < IDLE_MAX);
        }
    }

    /// Closes all connections, after what is under way.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        self.leases.close();
        self.leases.wait().await;
        let idle = self.links.retain(|_, _| false).removed;
        self.links.close();
        for link in idle {
            on!(link.connection, one => one.close().await).map_err(not_connected)?;
        }
        Ok(())
    }
}

/// A connection that is in use. Dropping it gives it back, once it has done what it was at; a transaction that has not
/// been committed is undone.
pub(crate) struct Lease {
    /// There until it is dropped.
    held: Option<Held>,
    seen: Option<Seen>,
}

/// What is held until the connection is good for the next.
struct Held {
    link: Object<Opener>,
    timeout: Duration,
    _turn: Option<OwnedSemaphorePermit>,
    _lease: TaskTrackerToken,
}

impl Held {
    async fn settle(mut self) {
        let settled = tokio::time::timeout(self.timeout, self.link.settle()).await;
        if !matches!(settled, Ok(Ok(()))) {
            drop(Object::take(self.link));
        }
    }
}

impl Drop for Lease {
    #[expect(clippy::disallowed_methods, reason = "closing the pool waits for it")]
    fn drop(&mut self) {
        if let Some(held) = self.held.take_if(|held| !held.link.is_settled())
            // Without a runtime there is nobody to do it, and the pool takes no such connection.
            && Handle::try_current().is_ok()
        {
            tokio::spawn(held.settle());
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}

/// Runs a statement.
macro_rules! run {
    ($lease:ident, $statement:ident, ($query:ident, $one:ident) => $run:expr, $error:path) => {{
        let told = $lease.seen.clone().map(|seen| (seen, $statement.sql.clone()));
        let values = SqlxValues($statement.values.unwrap_or_else(|| Values(Vec::new())));
        let text = AssertSqlSafe($statement.sql);
        let run = async |connection: &mut Connection| {
            on!(connection, $one => {
                let $query = sqlx::query_with(text, values);
                $run
            })
        };
        let done = $lease.link()?.run(run).await;
        if let Some((seen, sql)) = told {
            seen(&sql);
        }
        done.map_err(|error| $error(RuntimeErr::SqlxError(Arc::new(error))))
    }};
}

impl Lease {
    pub(crate) async fn begin(&mut self) -> Result<(), DbErr> {
        self.link()?.begin().await.map_err(failed)
    }

    pub(crate) async fn commit(mut self) -> Result<(), DbErr> {
        self.link()?.end("COMMIT").await.map_err(failed)
    }

    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        run!(self, statement, (query, one) => query.execute(one).await.map(ExecResult::from), DbErr::Exec)
    }

    pub(crate) async fn execute_unprepared(&mut self, text: &str) -> Result<ExecResult, DbErr> {
        let text = AssertSqlSafe(text.to_owned());
        let run =
            async |connection: &mut Connection| on!(connection, one => one.execute(text).await.map(ExecResult::from));
        self.link()?.run(run).await.map_err(failed)
    }

    pub(crate) async fn query_one(&mut self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        run!(
            self, statement,
            (query, one) => query.fetch_optional(one).await.map(|row| row.map(QueryResult::from)),
            DbErr::Query
        )
    }

    pub(crate) async fn query_all(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        run!(
            self, statement,
            (query, one) => {
                let rows = query.fetch_all(one).await;
                rows.map(|rows| rows.into_iter().map(QueryResult::from).collect())
            },
            DbErr::Query
        )
    }

    fn link(&mut self) -> Result<&mut Link, DbErr> {
        let held = self.held.as_mut().ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        Ok(&mut held.link)
    }
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}
