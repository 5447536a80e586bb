//! The statements that a read and a create need, without a server around them: on the server's own database, with the
//! settings that it uses, from one connection, since SQLite has one writer.
//!
//! One thing is less than what the server does: no row is held by anybody. New rows are copies of those of a session that
//! the server made, so that this follows the schema by itself. What a statement answers is fetched and not looked at.

use std::str::FromStr as _;
use std::time::{Duration, Instant};

use mockly_tests::TestDatabase;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use uuid::Uuid;

/// What reading a session asks, each with the session's id.
pub(crate) const READ: &[&str] = &[
    "SELECT * FROM users WHERE id = 'candidate' LIMIT 1",
    "SELECT * FROM sessions LEFT JOIN session_participants AS place ON sessions.id = place.session_id \
     AND place.user_id = 'candidate' WHERE sessions.id = ?1 LIMIT 1",
    "SELECT place.*, display_name, avatar_url, \
     EXISTS (SELECT 1 FROM room_connections AS door WHERE door.room_id = place.session_id \
     AND door.user_id = place.user_id AND closed_at IS NULL AND present_from IS NOT NULL) \
     OR EXISTS (SELECT 1 FROM livekit_participants AS media WHERE media.session_id = place.session_id \
     AND media.user_id = place.user_id AND left_at IS NULL), \
     EXISTS (SELECT 1 FROM room_hands AS hand WHERE hand.room_id = place.session_id \
     AND hand.user_id = place.user_id AND lowered_at IS NULL) \
     FROM session_participants AS place LEFT JOIN users ON users.id = place.user_id \
     WHERE place.session_id = ?1 ORDER BY place.id ASC LIMIT 51 OFFSET 0",
    "SELECT * FROM artifacts WHERE session_id IN (?1) ORDER BY id ASC",
];
/// What creating one asks before it writes.
pub(crate) const CHECK: &[&str] = &[
    "SELECT * FROM users WHERE id = 'candidate' LIMIT 1",
    "SELECT * FROM users WHERE id = 'interviewer' LIMIT 1",
    "SELECT * FROM session_participants WHERE holds_user_id = 'nobody' LIMIT 1",
];

/// The bare database.
pub(crate) struct Sql {
    connection: tokio::sync::Mutex<SqliteConnection>,
    session: Vec<u8>,
    inserts: Inserts,
}

/// Copies of the rows that creating a session writes: `?1` is the new session's id, `?2` the old one's.
struct Inserts {
    session: String,
    participants: String,
    job: String,
    notification: String,
    event: String,
    recipients: String,
}

impl Sql {
    pub(crate) async fn open(database: &TestDatabase, session: &str) -> Self {
        let options = SqliteConnectOptions::from_str(database.url()).expect("the URL is one of SQLite");
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(5));
        let mut connection = SqliteConnection::connect_with(&options).await.expect("the file is there");
        let inserts = Inserts {
            session: copy(&mut connection, "sessions", &[("id", "?1")], "id = ?2").await,
            participants: copy(
                &mut connection,
                "session_participants",
                &[("id", "randomblob(16)"), ("session_id", "?1"), ("holds_user_id", "NULL")],
                "session_id = ?2",
            )
            .await,
            job: copy(
                &mut connection,
                "jobs",
                &[("id", "randomblob(16)"), ("unique_key", "hex(?1)")],
                "id = (SELECT min(id) FROM jobs)",
            )
            .await,
            notification: copy(
                &mut connection,
                "notifications",
                &[("position", "NULL"), ("id", "randomblob(16)")],
                "position = (SELECT min(position) FROM notifications)",
            )
            .await,
            event: copy(
                &mut connection,
                "session_events",
                &[("position", "NULL"), ("session_id", "?1"), ("event_id", "randomblob(16)")],
                "session_id = ?2 AND sequence = 1",
            )
            .await,
            recipients:
                "INSERT INTO session_event_recipients (user_id, position) VALUES ('candidate', ?1), ('interviewer', ?1)"
                    .to_owned(),
        };
        Self {
            connection: tokio::sync::Mutex::new(connection),
            session: Uuid::parse_str(session).expect("it is a UUID").as_bytes().to_vec(),
            inserts,
        }
    }

    /// Reads as fast as it goes; returns how often in a second.
    pub(crate) async fn read_for(&self, time: Duration) -> f64 {
        let connection = &mut *self.connection.lock().await;
        let (began, mut reads) = (Instant::now(), 0_u32);
        while began.elapsed() < time {
            self.ask(connection, READ, &self.session).await;
            reads += 1;
        }
        f64::from(reads) / began.elapsed().as_secs_f64()
    }

    /// Creates so many; returns how many in a second.
    pub(crate) async fn create(&self, count: usize) -> f64 {
        let connection = &mut *self.connection.lock().await;
        let began = Instant::now();
        for number in 0..count {
            let id = Uuid::from_u128(0x7000_0000_0000_0000_8000_0000_0000_0000 | number as u128);
            self.create_one(connection, id.as_bytes()).await.expect("the rows fit the schema");
        }
        count as f64 / began.elapsed().as_secs_f64()
    }

    /// Adds copies of the session until there are so many sessions, ended and spread over the years before it. Of every
    /// 50, one is the candidate's and the interviewer's, the others are strangers'. The server must not run meanwhile.
    pub(crate) async fn fill(&self, from: usize, to: usize) {
        let connection = &mut *self.connection.lock().await;
        let numbers = "(WITH RECURSIVE numbers(number) AS (SELECT ?3 UNION ALL SELECT number + 1 FROM numbers \
                       WHERE number + 1 < ?4) SELECT number FROM numbers)";
        // 16 bytes that only this number has, in the rising order that ids of version 7 have.
        let id = |kind: u8| format!("CAST(x'{kind:02x}00000000000000' || printf('%08d', number) AS BLOB)");
        let of_sessions = [
            ("id", id(0)),
            ("status", "'ENDED'".to_owned()),
            ("end_reason", "'ENDED'".to_owned()),
            ("ended_at", "scheduled_at - number * 60000000 + 1".to_owned()),
            ("scheduled_at", "scheduled_at - number * 60000000".to_owned()),
            ("created_by", "CASE number % 50 WHEN 0 THEN 'candidate' ELSE 'stranger' END".to_owned()),
        ];
        let mut statements = vec![copies(connection, "sessions", &of_sessions, "id = ?2", numbers).await];
        for (kind, (role, other)) in [(1, ("CANDIDATE", "candidate")), (2, ("INTERVIEWER", "interviewer"))] {
            let of_places = [
                ("id", id(kind)),
                ("session_id", id(0)),
                ("holds_user_id", "NULL".to_owned()),
                ("user_id", format!("CASE number % 50 WHEN 0 THEN '{other}' ELSE 'stranger {kind}' END")),
            ];
            let rows = format!("session_id = ?2 AND role = '{role}'");
            statements.push(copies(connection, "session_participants", &of_places, &rows, numbers).await);
        }
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await.expect("nobody else writes");
        for statement in statements {
            sqlx::query(AssertSqlSafe(statement))
                .bind(Vec::new())
                .bind(self.session.clone())
                .bind(i64::try_from(from).unwrap())
                .bind(i64::try_from(to).unwrap())
                .execute(&mut *connection)
                .await
                .expect("the rows fit the schema");
        }
        sqlx::query("COMMIT").execute(&mut *connection).await.expect("there is room for them");
        sqlx::query("ANALYZE").execute(&mut *connection).await.expect("nobody else writes");
    }

    async fn create_one(&self, connection: &mut SqliteConnection, id: &[u8]) -> sqlx::Result<()> {
        let Inserts { session, participants, job, notification, event, recipients } = &self.inserts;
        self.ask(connection, &CHECK[..1], id).await;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
        self.ask(connection, &CHECK[1..], id).await;
        for statement in [session, participants, job, notification] {
            sqlx::query(AssertSqlSafe(statement.clone()))
                .bind(id.to_vec())
                .bind(self.session.clone())
                .execute(&mut *connection)
                .await?;
        }
        // The event tells what the session looks like, and the answer is the same.
        self.ask(connection, &READ[2..], id).await;
        let event = sqlx::query(AssertSqlSafe(event.clone())).bind(id.to_vec()).bind(self.session.clone());
        let position = event.execute(&mut *connection).await?.last_insert_rowid();
        sqlx::query(AssertSqlSafe(recipients.clone())).bind(position).execute(&mut *connection).await?;
        sqlx::query("COMMIT").execute(&mut *connection).await?;
        Ok(())
    }

    async fn ask(&self, connection: &mut SqliteConnection, statements: &'static [&'static str], id: &[u8]) {
        for statement in statements {
            let mut query = sqlx::query(*statement);
            if statement.contains("?1") {
                query = query.bind(id.to_vec());
            }
            query.fetch_all(&mut *connection).await.expect("the statement fits the schema");
        }
    }
}

/// An INSERT that copies rows once for each number, but for some columns.
async fn copies(
    connection: &mut SqliteConnection,
    table: &str,
    other: &[(&str, String)],
    rows: &str,
    numbers: &str,
) -> String {
    let other: Vec<(&str, &str)> = other.iter().map(|(name, value)| (*name, value.as_str())).collect();
    copy(connection, table, &other, rows).await.replacen(
        &format!(" FROM {table} WHERE "),
        &format!(" FROM {table}, {numbers} WHERE "),
        1,
    )
}

/// An INSERT that copies rows, but for some columns.
async fn copy(connection: &mut SqliteConnection, table: &str, other: &[(&str, &str)], rows: &str) -> String {
    let info = sqlx::query(AssertSqlSafe(format!("PRAGMA table_info({table})"))).fetch_all(connection).await;
    let columns: Vec<String> = info.expect("the table is there").iter().map(|row| row.get("name")).collect();
    copy_of(table, &columns, other, rows)
}

/// The same where the table's columns are known.
pub(crate) fn copy_of(table: &str, columns: &[String], other: &[(&str, &str)], rows: &str) -> String {
    let values: Vec<&str> = columns
        .iter()
        .map(|column| other.iter().find(|(name, _)| name == column).map_or(column.as_str(), |(_, value)| value))
        .collect();
    format!("INSERT INTO {table} ({}) SELECT {} FROM {table} WHERE {rows}", columns.join(", "), values.join(", "))
}
