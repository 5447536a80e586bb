//! Rooms: who is in them, through which connections, what was said, raised, asked and voted, and their events.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, integer, string_len, string_len_null, text, uuid, uuid_null,
};

#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Room for the longest user id or ad-hoc name, 128 characters.
const ID_CHARS: u32 = 128;
/// Room for the longest name of an enum value.
const NAME_CHARS: u32 = 64;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter().table("session_participants").add_column(big_integer_null("denied_at")).to_owned(),
            )
            .await?;
        for table in [rooms(), room_members(), room_connections(), room_hands(), chat_messages(), polls(), poll_votes()]
        {
            manager.create_table(table).await?;
        }
        manager.create_table(room_events()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// Rows of `table` go with their room.
fn with_room(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, "room_id").to("rooms", "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}

/// A session's room has the session's id and no name; an ad-hoc room has a name, unique while it lives.
fn rooms() -> TableCreateStatement {
    Table::create()
        .table("rooms")
        .col(uuid("id").primary_key())
        .col(string_len_null("name", ID_CHARS).unique_key())
        .col(big_integer("last_sequence"))
        .col(boolean("host_absence_told"))
        .col(big_integer("created_at"))
        .to_owned()
}

/// What lasts as long as somebody is in a room. Role and status are those of an ad-hoc room; in a session's room the
/// place in the session says both.
fn room_members() -> TableCreateStatement {
    Table::create()
        .table("room_members")
        .col(uuid("room_id"))
        .col(string_len("user_id", ID_CHARS))
        .col(boolean("is_host"))
        .col(string_len_null("status", NAME_CHARS))
        .col(boolean("may_share"))
        .col(boolean("audio"))
        .col(boolean("video"))
        .col(big_integer("entered_at"))
        .col(big_integer_null("denied_at"))
        .primary_key(Index::create().col("room_id").col("user_id"))
        .foreign_key(&mut with_room("room_members"))
        .to_owned()
}

/// Connections at doors. Those of a session stay when they are closed: they are its attendance.
fn room_connections() -> TableCreateStatement {
    Table::create()
        .table("room_connections")
        .col(uuid("id").primary_key())
        .col(uuid("room_id"))
        .col(string_len("user_id", ID_CHARS))
        .col(uuid_null("node_id"))
        .col(string_len("door", NAME_CHARS))
        .col(big_integer("opened_at"))
        // Since when it counts as presence: while its user waits, it does not.
        .col(big_integer_null("present_from"))
        .col(big_integer_null("closed_at"))
        .foreign_key(&mut with_room("room_connections"))
        .to_owned()
}

/// Hands that were raised; one that is not lowered is up.
fn room_hands() -> TableCreateStatement {
    Table::create()
        .table("room_hands")
        .col(uuid("room_id"))
        .col(string_len("user_id", ID_CHARS))
        .col(big_integer("raised_at"))
        .col(big_integer_null("lowered_at"))
        .primary_key(Index::create().col("room_id").col("user_id").col("raised_at"))
        .foreign_key(&mut with_room("room_hands"))
        .to_owned()
}

fn chat_messages() -> TableCreateStatement {
    Table::create()
        .table("chat_messages")
        .col(uuid("id").primary_key())
        .col(uuid("room_id"))
        .col(string_len("user_id", ID_CHARS))
        .col(text("display_name"))
        .col(string_len("chat_id", ID_CHARS))
        .col(text("content"))
        .col(string_len("message_type", NAME_CHARS))
        .col(big_integer("created_at"))
        .col(big_integer_null("deleted_at"))
        .foreign_key(&mut with_room("chat_messages"))
        .to_owned()
}

fn polls() -> TableCreateStatement {
    Table::create()
        .table("polls")
        .col(uuid("id").primary_key())
        .col(uuid("room_id"))
        .col(string_len("created_by", ID_CHARS))
        .col(text("question"))
        // The answers as a JSON array of texts; an answer's id is its place, from 1.
        .col(text("options"))
        .col(big_integer("created_at"))
        .col(big_integer_null("closed_at"))
        .foreign_key(&mut with_room("polls"))
        .to_owned()
}

fn poll_votes() -> TableCreateStatement {
    Table::create()
        .table("poll_votes")
        .col(uuid("poll_id"))
        .col(string_len("user_id", ID_CHARS))
        .col(integer("option_number"))
        .primary_key(Index::create().col("poll_id").col("user_id"))
        .foreign_key(
            ForeignKey::create().from("poll_votes", "poll_id").to("polls", "id").on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

/// Read by every node's relay; an ad-hoc room's last events outlive it, so no foreign key ties them to it.
fn room_events() -> TableCreateStatement {
    Table::create()
        .table("room_events")
        .col(big_integer("position").primary_key().auto_increment())
        .col(uuid("room_id"))
        .col(big_integer("sequence"))
        .col(text("event"))
        .col(text("effects"))
        .col(big_integer("stored_at"))
        .to_owned()
}

fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("idx_{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("room_connections", &["room_id", "user_id"]),
        index("room_connections", &["node_id"]),
        index("chat_messages", &["room_id", "user_id", "chat_id"]).unique().to_owned(),
        index("chat_messages", &["room_id", "id"]),
        index("polls", &["room_id"]),
        index("room_events", &["room_id", "sequence"]).unique().to_owned(),
        index("room_events", &["stored_at"]),
    ]
}
