//! A database per test.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt as _;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

use crate::environment;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file in a folder of its own.
    Sqlite,
    /// A database of its own on the server of `TEST_DATABASE_URL`.
    Postgres,
}

/// An empty database that nobody else uses; clones are the same.
#[derive(Debug, Clone)]
pub struct TestDatabase {
    url: String,
    folder: Arc<TempDir>,
    name: Option<String>,
}

/// Runs a test on an empty database, and removes the database after it.
///
/// # Panics
/// Where the test does, or the database cannot be had.
pub fn run<F: Future<Output = ()>>(backend: Backend, test: impl FnOnce(TestDatabase) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let database = TestDatabase::create(backend).await;
        let outcome = AssertUnwindSafe(test(database.clone())).catch_unwind().await;
        database.remove().await;
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    });
}

impl TestDatabase {
    /// Makes one. Whoever does so outside [`run`] calls [`remove`](Self::remove) in the end.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn create(backend: Backend) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder can be made for temporary files"));
        match backend {
            Backend::Sqlite => {
                let url = format!("sqlite://{}", folder.path().join("mockly.db").display());
                Self { url, folder, name: None }
            }
            Backend::Postgres => {
                let server = environment::database_url();
                let name = new_name();
                execute(&server, format!("CREATE DATABASE {name}")).await;
                Self { url: with_name(&server, &name), folder, name: Some(name) }
            }
        }
    }

    /// What `DATABASE_URL` says of it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder that goes with it, for what else a server writes.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Removes it, whoever may still be connected.
    ///
    /// # Panics
    /// When the database server does not do so.
    pub async fn remove(self) {
        if let Some(name) = self.name {
            execute(&environment::database_url(), format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

/// Unlike that of any other test, also of those that run in other processes.
fn new_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("mockly_system_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The same server, another database: the last part of the URL's path.
fn with_name(server: &str, name: &str) -> String {
    let (address, query) = server.split_once('?').map_or((server, None), |(address, query)| (address, Some(query)));
    let after_scheme = address.find("://").map_or(0, |at| at + 3);
    let end = address[after_scheme..].find('/').map_or(address.len(), |at| after_scheme + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &address[..end])
}

async fn execute(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server).await.expect("TEST_DATABASE_URL can be reached");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[cfg(test)]
mod tests {
    use super::with_name;

    #[test]
    fn the_name_of_the_database_is_replaced() {
        assert_eq!(with_name("postgres://u:p@h:1/postgres", "x"), "postgres://u:p@h:1/x");
        assert_eq!(with_name("postgres://u:p@h:1", "x"), "postgres://u:p@h:1/x");
        assert_eq!(with_name("postgres://u:p@h:1/a?sslmode=disable", "x"), "postgres://u:p@h:1/x?sslmode=disable");
    }
}
