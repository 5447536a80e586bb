//! A PostgreSQL of the test's own, which it can end without a word and start again.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mockly_tests::{Process, free_port, until};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

/// Where everybody may look for a folder of theirs: as root PostgreSQL is run by another user.
const PASSABLE: u32 = 0o711;

/// A cluster, and its server while it runs.
pub(crate) struct Cluster {
    /// Gone before its folder is.
    server: Option<Process>,
    folder: TempDir,
    port: u16,
    url: String,
}

impl Cluster {
    /// Makes one and starts it.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), Permissions::from_mode(PASSABLE)).unwrap();
        let place = folder.path().join("postgres");
        let made = script("make").arg(&place).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let password = std::fs::read_to_string(place.join("password")).unwrap();
        let port = free_port();
        let url = format!("postgres://mockly:{}@127.0.0.1:{port}/postgres", password.trim());
        let mut cluster = Self { server: None, folder, port, url };
        cluster.start_again().await;
        // What is acknowledged must survive the end of the server, which is what these tests are about; that of the
        // machine is not.
        let mut connection = PgConnection::connect(&cluster.url).await.unwrap();
        sqlx::raw_sql("ALTER SYSTEM SET synchronous_commit = on").execute(&mut connection).await.unwrap();
        sqlx::raw_sql("SELECT pg_reload_conf()").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        cluster
    }

    /// What `DATABASE_URL` says of it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Ends it without a word (`kill -9` of the postmaster), and waits until the processes of its connections have
    /// noticed, as PostgreSQL does before it starts again.
    pub(crate) async fn kill(&mut self) {
        let mut server = self.server.take().expect("it runs");
        let children = children_of(server.id());
        server.kill();
        until("end of what the postmaster left behind", async || {
            children.iter().all(|child| has_ended(child)).then_some(())
        })
        .await;
    }

    /// Starts it again where it was, and waits until it answers.
    pub(crate) async fn start_again(&mut self) {
        let mut command = script("run");
        command.arg(self.folder.path().join("postgres")).arg(self.port.to_string());
        let mut server = Process::start("postgres", &mut command);
        server.keep_output();
        self.server = Some(server);
        until("answer of PostgreSQL", async || PgConnection::connect(&self.url).await.ok()).await;
    }
}

fn script(command: &str) -> Command {
    let mut script = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/postgres.sh"));
    script.arg(command).stdin(Stdio::null());
    script
}

/// The folders below `/proc` of the processes that this one started.
fn children_of(parent: u32) -> Vec<PathBuf> {
    let list = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap();
    list.split_whitespace().map(|child| PathBuf::from("/proc").join(child)).collect()
}

/// Whether the process is gone, or only waits for somebody to notice that.
fn has_ended(process: &Path) -> bool {
    let stat = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
    // proc_pid_stat(5): the state follows the name in its brackets.
    stat.rsplit_once(") ").is_none_or(|(_, state)| state.starts_with('Z'))
}
