//! A database per test.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use mockly_data::{Database, DatabaseSettings};
use mockly_service::{IdSource, SystemIds};
use reqwest::Url;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// A file in a folder of its own.
    Sqlite,
    /// A database of its own on the server of `TEST_DATABASE_URL`.
    Postgres,
}

/// A migrated database that nobody else uses; clones are the same.
#[derive(Clone)]
pub(crate) struct TestDatabase {
    database: Database,
    files: Arc<TempDir>,
    home: Arc<Home>,
}

enum Home {
    Sqlite { folder: TempDir },
    Postgres { server: Url, name: String },
}

/// Runs a test on a database of its own, on several threads as the server does, and removes the database after it.
pub(crate) fn run<F: Future<Output = ()>>(backend: Backend, test: impl FnOnce(TestDatabase) -> F) {
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
    /// The pool.
    pub(crate) fn pool(&self) -> &Database {
        &self.database
    }

    /// A folder for the bytes of files.
    pub(crate) fn files(&self) -> &Path {
        self.files.path()
    }

    /// The same database, whose statements `seen` is told of.
    pub(crate) fn watched(&self, seen: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { database: self.database.clone().watched(seen), ..self.clone() }
    }

    /// Does what no use case would.
    pub(crate) async fn execute(&self, statement: &'static str) {
        match &*self.home {
            Home::Sqlite { folder } => {
                let url = format!("sqlite://{}", folder.path().join("mockly.db").display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Home::Postgres { server, name } => {
                let mut url = server.clone();
                url.set_path(name);
                execute(&url, statement.to_owned()).await;
            }
        }
    }

    async fn create(backend: Backend) -> Self {
        let (url, home) = match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}", folder.path().join("mockly.db").display());
                (url, Home::Sqlite { folder })
            }
            Backend::Postgres => {
                let server = server();
                let name = format!("mockly_test_{}", SystemIds.uuid().simple());
                execute(&server, format!("CREATE DATABASE {name}")).await;
                let mut url = server.clone();
                url.set_path(&name);
                (url.into(), Home::Postgres { server, name })
            }
        };
        let settings = DatabaseSettings { url, connections_max: 8, timeout: Duration::from_secs(30) };
        let database = Database::connect(&settings).await.unwrap();
        database.migrate().await.unwrap();
        Self { database, files: Arc::new(tempfile::tempdir().unwrap()), home: Arc::new(home) }
    }

    async fn remove(self) {
        let _closing_twice_is_no_fault_of_the_test = self.database.close().await;
        if let Home::Postgres { server, name } = &*self.home {
            execute(server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "`make test` tells the tests so where PostgreSQL is")]
fn server() -> Url {
    let url = std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_unset| {
        panic!(
            "TEST_DATABASE_URL is not set, and a test on SQLite alone proves nothing about PostgreSQL: run `make test`, \
             which starts a private server, or set it to the URL of a server's administrator"
        )
    });
    url.parse().expect("TEST_DATABASE_URL is a URL")
}

/// A Redis, for nodes that tell each other.
#[expect(clippy::disallowed_methods, reason = "`make test` tells the tests so where Redis is")]
pub(crate) fn redis_url() -> String {
    std::env::var("TEST_REDIS_URL").unwrap_or_else(|_unset| {
        panic!(
            "TEST_REDIS_URL is not set: run `make test`, which starts a private server, or set it to a Redis of yours"
        )
    })
}

async fn execute(server: &Url, statement: String) {
    let mut connection = PgConnection::connect(server.as_str()).await.expect("TEST_DATABASE_URL can be reached");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
