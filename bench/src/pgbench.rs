//! The statements that a read and a create need on PostgreSQL, by `pgbench`, which comes with it: prepared, from as many
//! connections as the server has requests at once. What they do less than the server is said in the head of [`crate::sql`].

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use mockly_tests::TestDatabase;
use sqlx::{Connection as _, PgConnection};

use crate::sql::{CHECK, READ, copy_of};

/// What it runs on: the database of a server that has stopped or asks nothing.
pub(crate) struct Pgbench {
    program: PathBuf,
    folder: PathBuf,
    url: String,
    session: String,
    create: String,
}

impl Pgbench {
    pub(crate) async fn open(database: &TestDatabase, session: &str) -> Self {
        let mut connection = PgConnection::connect(database.url()).await.expect("the database is there");
        let create = create_script(&mut connection).await;
        connection.close().await.expect("nothing is under way");
        Self {
            program: find_program(),
            folder: database.folder().to_owned(),
            url: database.url().to_owned(),
            session: session.to_owned(),
            create,
        }
    }

    /// Reads as fast as it goes; returns how often in a second.
    pub(crate) fn read_for(&self, clients: usize, time: Duration) -> f64 {
        let script: String = READ.iter().map(|statement| line(statement, ":session")).collect();
        self.run("read", &script, clients, &["-T".to_owned(), time.as_secs().to_string()])
    }

    /// Creates so many; returns how many in a second.
    pub(crate) fn create(&self, clients: usize, count: usize) -> f64 {
        self.run("create", &self.create, clients, &["-t".to_owned(), (count / clients).to_string()])
    }

    fn run(&self, name: &str, script: &str, clients: usize, amount: &[String]) -> f64 {
        let file = self.folder.join(format!("{name}.sql"));
        std::fs::write(&file, script).expect("the folder is the test's own");
        let mut command = Command::new(&self.program);
        command.args(["-n", "-M", "prepared", "-j", "1", "-c", &clients.to_string()]).args(amount);
        command.arg("-D").arg(format!("session={}", self.session)).arg("-f").arg(&file).arg(&self.url);
        let output = command.output().expect("pgbench runs");
        let (told, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{name}: {complaint}");
        let line = told.lines().find_map(|line| line.strip_prefix("tps = ")).expect("pgbench tells its rate");
        line.split(' ').next().and_then(|number| number.parse().ok()).expect("it is a number")
    }
}

/// Beside the server's own programs, wherever those are; what is on the path may be links to them.
fn find_program() -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/postgres.sh");
    let output = Command::new(script).arg("install").output().expect("the script is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let initdb = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()).join("initdb");
    initdb.canonicalize().expect("the script names the folder of initdb").with_file_name("pgbench")
}

/// A statement with the session's id in its place.
fn line(statement: &str, id: &str) -> String {
    format!("{};\n", statement.replace("?1", id))
}

/// The transaction that creates a session as a copy of the one that the server made.
async fn create_script(connection: &mut PgConnection) -> String {
    const NEW: &str = ":new_id";
    let mut script = line(CHECK[0], NEW) + "BEGIN;\n";
    for statement in &CHECK[1..] {
        script += &line(statement, NEW);
    }
    let mut copy = async |table: &str, other: &[(&str, &str)], rows: &str| {
        let columns = sqlx::query_scalar(
            "SELECT column_name::text FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
        );
        let columns: Vec<String> = columns.bind(table).fetch_all(&mut *connection).await.expect("the table is there");
        copy_of(table, &columns, other, rows)
    };
    script += &copy("sessions", &[("id", "gen_random_uuid()")], "id = :session").await;
    script += " RETURNING id \\gset new_\n";
    let places = [("id", "gen_random_uuid()"), ("session_id", NEW), ("holds_user_id", "NULL")];
    script += &(copy("session_participants", &places, "session_id = :session").await + ";\n");
    let job = [("id", "gen_random_uuid()"), ("unique_key", "gen_random_uuid()")];
    script += &(copy("jobs", &job, "id = (SELECT id FROM jobs ORDER BY id LIMIT 1)").await + ";\n");
    let position = "nextval(pg_get_serial_sequence('notifications', 'position'))";
    let notification = [("position", position), ("id", "gen_random_uuid()")];
    let oldest = "position = (SELECT min(position) FROM notifications)";
    script += &(copy("notifications", &notification, oldest).await + ";\n");
    // The event tells what the session looks like, and the answer is the same.
    for statement in &READ[2..] {
        script += &line(statement, NEW);
    }
    let position = "nextval(pg_get_serial_sequence('session_events', 'position'))";
    let event = [("position", position), ("session_id", NEW), ("event_id", "gen_random_uuid()")];
    script += &copy("session_events", &event, "session_id = :session AND sequence = 1").await;
    script += " RETURNING position \\gset\n";
    script += "INSERT INTO session_event_recipients (user_id, position) \
               VALUES ('candidate', :position), ('interviewer', :position);\n";
    script + "COMMIT;\n"
}
