//! Users and their credentials, sessions and what hangs on them, events, jobs, LiveKit's rooms, and the nodes.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, boolean, integer, string_len, string_len_null, text, text_null, uuid,
    uuid_null,
};

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Room for the longest user id, 128 Unicode scalar values.
const USER_ID_CHARS: u32 = 128;
/// Room for the longest name of an enum value or job kind.
const NAME_CHARS: u32 = 64;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in identity_tables().into_iter().chain(session_tables()).chain(node_tables()) {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn user_id(name: &'static str) -> ColumnDef {
    string_len(Alias::new(name), USER_ID_CHARS)
}

fn name(column: &'static str) -> ColumnDef {
    string_len(Alias::new(column), NAME_CHARS)
}

fn col(name: &'static str) -> Alias {
    Alias::new(name)
}

/// Rows of `table` go with the session they belong to.
fn with_session(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(col(table), col("session_id"))
        .to(col("sessions"), col("id"))
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

fn of_user(table: &'static str, column: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(col(table), col(column)).to(col("users"), col("id")).to_owned()
}

fn identity_tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table(col("users"))
            .col(user_id("id").primary_key())
            .col(string_len_null(col("source"), NAME_CHARS))
            .col(text(col("display_name")))
            .col(text_null(col("email")))
            .col(text_null(col("avatar_url")))
            .col(text(col("roles")))
            .col(big_integer_null(col("profile_issued_at")))
            .col(big_integer(col("created_at")))
            .col(big_integer(col("updated_at")))
            .to_owned(),
        Table::create()
            .table(col("credentials"))
            .col(user_id("user_id").primary_key())
            .col(string_len(col("email"), 320).unique_key())
            .col(text(col("password_hash")))
            .foreign_key(&mut of_user("credentials", "user_id"))
            .to_owned(),
        Table::create()
            .table(col("refresh_tokens"))
            .col(uuid(col("id")).primary_key())
            .col(uuid(col("family_id")))
            .col(user_id("user_id"))
            .col(binary(col("token_hash")).unique_key())
            .col(big_integer(col("issued_at")))
            .col(big_integer(col("expires_at")))
            .col(big_integer_null(col("spent_at")))
            .col(big_integer_null(col("revoked_at")))
            .foreign_key(&mut of_user("refresh_tokens", "user_id"))
            .to_owned(),
        Table::create()
            .table(col("tickets"))
            .col(binary(col("ticket_hash")).primary_key())
            .col(user_id("user_id"))
            .col(big_integer(col("token_expires_at")))
            .col(big_integer(col("expires_at")))
            .foreign_key(&mut of_user("tickets", "user_id"))
            .to_owned(),
        Table::create()
            .table(col("idempotency_keys"))
            .col(binary(col("key_hash")).primary_key())
            .col(binary(col("body_sha256")))
            .col(uuid(col("claim")))
            .col(big_integer(col("claimed_until")))
            .col(big_integer(col("expires_at")))
            .col(integer(col("status")).null())
            .col(text_null(col("headers")))
            .col(binary(col("body")).null())
            .to_owned(),
    ]
}

fn session_tables() -> Vec<TableCreateStatement> {
    vec![sessions(), session_participants(), session_events(), session_event_recipients(), artifacts()]
}

fn sessions() -> TableCreateStatement {
    Table::create()
        .table(col("sessions"))
        .col(uuid(col("id")).primary_key())
        .col(name("kind"))
        .col(name("status"))
        .col(text(col("title")))
        .col(text_null(col("description")))
        .col(user_id("created_by"))
        .col(big_integer(col("scheduled_at")))
        .col(big_integer(col("rescheduled_at")))
        .col(big_integer_null(col("started_at")))
        .col(big_integer_null(col("ended_at")))
        .col(string_len_null(col("end_reason"), NAME_CHARS))
        .col(integer(col("duration_min")))
        .col(name("time_zone"))
        .col(integer(col("max_participants")))
        .col(name("admission"))
        .col(boolean(col("microphone")))
        .col(boolean(col("camera")))
        .col(boolean(col("screen_share")))
        .col(big_integer_null(col("first_connected_at")))
        .col(big_integer(col("version")))
        .col(big_integer(col("last_sequence")))
        .col(big_integer(col("created_at")))
        .col(big_integer(col("updated_at")))
        .foreign_key(&mut of_user("sessions", "created_by"))
        .to_owned()
}

fn session_participants() -> TableCreateStatement {
    Table::create()
        .table(col("session_participants"))
        .col(uuid(col("id")).primary_key())
        .col(uuid(col("session_id")))
        .col(user_id("user_id"))
        .col(name("role"))
        .col(name("status"))
        .col(boolean(col("admitted")))
        // The user id while the user holds the session, else null: one partial unique index on it is the
        // one-active-session rule (R1).
        .col(string_len_null(col("holds_user_id"), USER_ID_CHARS))
        .col(big_integer_null(col("joined_at")))
        .col(big_integer_null(col("left_at")))
        .col(big_integer_null(col("last_seen_at")))
        .foreign_key(&mut with_session("session_participants"))
        .foreign_key(&mut of_user("session_participants", "user_id"))
        .to_owned()
}

/// Events outlive their session by design, so no foreign key ties them to it.
fn session_events() -> TableCreateStatement {
    Table::create()
        .table(col("session_events"))
        .col(big_integer(col("position")).primary_key().auto_increment())
        .col(uuid(col("session_id")))
        .col(big_integer(col("sequence")))
        .col(uuid(col("event_id")).unique_key())
        .col(name("type"))
        .col(text(col("data")))
        .col(big_integer(col("occurred_at")))
        .col(big_integer(col("stored_at")))
        .col(text_null(col("revokes")))
        .to_owned()
}

fn session_event_recipients() -> TableCreateStatement {
    Table::create()
        .table(col("session_event_recipients"))
        .col(user_id("user_id"))
        .col(big_integer(col("position")))
        .primary_key(Index::create().col(col("user_id")).col(col("position")))
        .foreign_key(
            ForeignKey::create()
                .from(col("session_event_recipients"), col("position"))
                .to(col("session_events"), col("position"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn artifacts() -> TableCreateStatement {
    Table::create()
        .table(col("artifacts"))
        .col(uuid(col("id")).primary_key())
        .col(uuid(col("session_id")))
        .col(name("type"))
        .col(text(col("storage_url")))
        .col(text(col("file_name")))
        .col(text(col("content_type")))
        .col(big_integer_null(col("duration_sec")))
        .col(big_integer(col("size_bytes")))
        .col(string_len(col("sha256"), 64))
        .col(big_integer(col("created_at")))
        .foreign_key(&mut with_session("artifacts"))
        .to_owned()
}

fn node_tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table(col("jobs"))
            .col(uuid(col("id")).primary_key())
            .col(name("kind"))
            .col(string_len_null(col("unique_key"), 255).unique_key())
            .col(text(col("payload")))
            .col(big_integer(col("run_at")))
            .col(integer(col("attempts")))
            .col(big_integer_null(col("locked_until")))
            .col(uuid_null(col("lock_token")))
            .col(text_null(col("last_error")))
            .col(big_integer_null(col("dead_at")))
            .col(big_integer(col("created_at")))
            .to_owned(),
        Table::create()
            .table(col("livekit_rooms"))
            .col(uuid(col("session_id")).primary_key())
            .col(string_len(col("name"), 128).unique_key())
            .col(string_len_null(col("sid"), 128))
            .col(big_integer(col("created_at")))
            .col(big_integer_null(col("finished_at")))
            .foreign_key(&mut with_session("livekit_rooms"))
            .to_owned(),
        Table::create()
            .table(col("livekit_participants"))
            .col(string_len(col("sid"), 128).primary_key())
            .col(uuid(col("session_id")))
            .col(user_id("user_id"))
            .col(big_integer(col("joined_at")))
            .col(big_integer_null(col("left_at")))
            .col(big_integer(col("last_seen_at")))
            .foreign_key(&mut with_session("livekit_participants"))
            .to_owned(),
        Table::create()
            .table(col("webhook_inbox"))
            .col(string_len(col("event_id"), 128).primary_key())
            .col(name("event"))
            .col(big_integer(col("received_at")))
            .to_owned(),
        Table::create()
            .table(col("nodes"))
            .col(uuid(col("id")).primary_key())
            .col(big_integer(col("started_at")))
            .col(big_integer(col("seen_at")))
            .to_owned(),
        Table::create()
            .table(col("session_presence"))
            .col(uuid(col("session_id")))
            .col(user_id("user_id"))
            .col(uuid(col("node_id")))
            .col(big_integer(col("since")))
            .primary_key(Index::create().col(col("session_id")).col(col("user_id")).col(col("node_id")))
            .foreign_key(&mut with_session("session_presence"))
            .foreign_key(
                ForeignKey::create()
                    .from(col("session_presence"), col("node_id"))
                    .to(col("nodes"), col("id"))
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned(),
    ]
}

fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("idx_{table}_{}", columns.join("_"))).table(col(table));
    for column in columns {
        index.col(col(column));
    }
    index
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("refresh_tokens", &["family_id"]),
        index("refresh_tokens", &["expires_at"]),
        index("tickets", &["expires_at"]),
        index("idempotency_keys", &["expires_at"]),
        index("sessions", &["created_by"]),
        index("sessions", &["scheduled_at", "id"]),
        index("session_participants", &["session_id", "user_id"]).unique().to_owned(),
        index("session_participants", &["user_id"]),
        index("session_participants", &["holds_user_id"])
            .unique()
            .and_where(Expr::col(col("holds_user_id")).is_not_null())
            .to_owned(),
        index("session_events", &["session_id", "sequence"]).unique().to_owned(),
        index("session_events", &["stored_at"]),
        index("session_event_recipients", &["position"]),
        index("artifacts", &["session_id"]),
        index("jobs", &["run_at"]),
        index("livekit_participants", &["session_id"]),
        index("webhook_inbox", &["received_at"]),
        index("session_presence", &["node_id"]),
    ]
}
