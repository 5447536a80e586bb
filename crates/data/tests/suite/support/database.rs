//! A database per test.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Mutex;
use std::time::Duration;

use futures_util::FutureExt;
use mockly_data::{Database, DatabaseSettings};
use sea_orm::DatabaseConnection;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// A file in a folder of its own.
    Sqlite,
    /// A database of its own on the server of `TEST_DATABASE_URL`.
    Postgres,
}

/// An empty database that nobody else uses, and the pools opened on it.
pub(crate) struct TestDatabase {
    url: String,
    home: Home,
    pools: Mutex<Vec<Database>>,
}

enum Home {
    Sqlite { _folder: TempDir },
    Postgres { server: String, name: String },
}

/// Runs a test on a database of its own, on several threads as the server does, and removes the database after it.
pub(crate) fn run(backend: Backend, test: impl AsyncFnOnce(&TestDatabase)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let database = TestDatabase::create(backend).await;
        let outcome = AssertUnwindSafe(test(&database)).catch_unwind().await;
        database.remove().await;
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    });
}

impl TestDatabase {
    /// A pool of its own, as another node has one.
    pub(crate) async fn connect(&self) -> Database {
        let settings = DatabaseSettings { url: self.url.clone(), connections_max: 8, timeout: Duration::from_secs(30) };
        let pool = Database::connect(&settings).await.unwrap();
        self.pools.lock().unwrap().push(pool.clone());
        pool
    }

    /// What `DATABASE_URL` would say.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A connection below the repositories.
    pub(crate) async fn raw(&self) -> DatabaseConnection {
        let mode = if self.url.starts_with("sqlite:") { "?mode=rwc" } else { "" };
        sea_orm::Database::connect(format!("{}{mode}", self.url)).await.unwrap()
    }

    /// A pool on the present schema.
    pub(crate) async fn migrated(&self) -> Database {
        let pool = self.connect().await;
        pool.migrate().await.unwrap();
        pool
    }

    async fn create(backend: Backend) -> Self {
        let (url, home) = match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}", folder.path().join("mockly.db").display());
                (url, Home::Sqlite { _folder: folder })
            }
            Backend::Postgres => {
                let server = server();
                let name = format!("mockly_test_{}", unique());
                execute(&server, format!("CREATE DATABASE {name}")).await;
                let (base, _database) = server.rsplit_once('/').expect("TEST_DATABASE_URL names a database");
                (format!("{base}/{name}"), Home::Postgres { server, name })
            }
        };
        Self { url, home, pools: Mutex::default() }
    }

    async fn remove(self) {
        let pools = std::mem::take(&mut *self.pools.lock().unwrap());
        for pool in pools {
            let _closing_twice_is_no_fault_of_the_test = pool.close().await;
        }
        if let Home::Postgres { server, name } = self.home {
            execute(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "names of databases that many test processes share must not meet")]
fn unique() -> String {
    Uuid::now_v7().simple().to_string()
}

#[expect(clippy::disallowed_methods, reason = "`make test` tells the tests so where PostgreSQL is")]
fn server() -> String {
    std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_unset| {
        panic!(
            "TEST_DATABASE_URL is not set, and a test on SQLite alone proves nothing about PostgreSQL: run `make test`, \
             which starts a private server, or set it to the URL of a server's administrator"
        )
    })
}

async fn execute(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server).await.expect("TEST_DATABASE_URL can be reached");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
