//! What repositories run their statements through: the pool or a transaction, each with an end to waiting.
//!
//! PostgreSQL ends a statement that runs too long by itself (`statement_timeout`); a network that swallows the answer is
//! noticed by nobody but us.

use std::time::Duration;

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::pool::{Lease, Pool};

/// How much later we give up than PostgreSQL does, whose way leaves the connection good for the next statement.
const LATER: Duration = Duration::from_millis(250);

/// The pool, of which each statement has its own time, or a transaction, of which all have one together.
#[derive(Debug)]
pub(crate) enum Executor<'c> {
    Pool(&'c Pool),
    Transaction(&'c Mutex<Lease>, DbBackend, Instant),
}

/// When something that begins now is given up.
pub(crate) fn deadline(timeout: Duration) -> Instant {
    Instant::now() + timeout + LATER
}

/// Awaits it until then; an outage where it does not come.
pub(crate) async fn until<T>(deadline: Instant, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    timeout_at(deadline, answer).await.unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))
}

macro_rules! run {
    ($executor:ident, $method:ident, $statement:expr) => {
        match $executor {
            Executor::Pool(pool) => {
                until(deadline(pool.timeout()), async { pool.lease(None).await?.$method($statement).await }).await
            }
            Executor::Transaction(lease, _, deadline) => {
                until(*deadline, async { lease.lock().await.$method($statement).await }).await
            }
        }
    };
}

#[async_trait]
impl ConnectionTrait for Executor<'_> {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Pool(pool) => pool.address().backend(),
            Self::Transaction(_, backend, _) => *backend,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        run!(self, execute, statement)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        run!(self, execute_unprepared, sql)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        run!(self, query_one, statement)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        run!(self, query_all, statement)
    }
}
