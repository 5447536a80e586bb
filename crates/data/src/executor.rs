//! What repositories run their statements through: the pool or a transaction, each with an end to waiting.
//!
//! PostgreSQL ends a statement that runs too long by itself (`statement_timeout`); a network that swallows the answer is
//! noticed by nobody but us.

use std::time::Duration;

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement,
};
use tokio::time::{Instant, timeout_at};

/// How much later we give up than PostgreSQL does, whose way leaves the connection good for the next statement.
const LATER: Duration = Duration::from_millis(250);

/// The pool, of which each statement has its own time, or a transaction, of which all have one together.
#[derive(Debug)]
pub(crate) enum Executor<'c> {
    Pool(&'c DatabaseConnection, Duration),
    Transaction(&'c DatabaseTransaction, Instant),
}

/// When something that begins now is given up.
pub(crate) fn deadline(timeout: Duration) -> Instant {
    Instant::now() + timeout + LATER
}

/// Awaits it until then; an outage where it does not come.
pub(crate) async fn until<T>(deadline: Instant, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    timeout_at(deadline, answer).await.unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))
}

impl Executor<'_> {
    fn deadline(&self) -> Instant {
        match self {
            Self::Pool(_, timeout) => deadline(*timeout),
            Self::Transaction(_, deadline) => *deadline,
        }
    }
}

macro_rules! run {
    ($executor:ident, $method:ident, $statement:expr) => {{
        let deadline = $executor.deadline();
        match $executor {
            Executor::Pool(pool, _) => until(deadline, pool.$method($statement)).await,
            Executor::Transaction(transaction, _) => until(deadline, transaction.$method($statement)).await,
        }
    }};
}

#[async_trait]
impl ConnectionTrait for Executor<'_> {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Pool(pool, _) => pool.get_database_backend(),
            Self::Transaction(transaction, _) => transaction.get_database_backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        run!(self, execute_raw, statement)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        run!(self, execute_unprepared, sql)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        run!(self, query_one_raw, statement)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        run!(self, query_all_raw, statement)
    }
}
