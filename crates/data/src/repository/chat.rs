//! Chat messages.

use std::collections::BTreeMap;

use mockly_domain::room::MessageType;
use mockly_domain::{MessageId, RoomId, Timestamp, UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::DataError;
use crate::convert::{micros, parse, time, user_id};
use crate::entity::chat_message::{ActiveModel, Column, Entity, Model};

/// A stored chat message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatRow {
    /// Id; later ones sort later.
    pub id: MessageId,
    /// The room.
    pub room_id: RoomId,
    /// The sender.
    pub user_id: UserId,
    /// The sender's name as of then.
    pub display_name: String,
    /// The client's id, unique per room and sender.
    pub chat_id: String,
    /// Text.
    pub content: String,
    /// What kind of text.
    pub message_type: MessageType,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it was taken back.
    pub deleted_at: Option<Timestamp>,
}

super::repository!(
    /// Chat messages; those taken back are found by their ids alone.
    ChatRepository
);

impl ChatRepository<'_> {
    /// Stores a message.
    ///
    /// # Errors
    /// [`DataError::Conflict`] where the sender has one with that `chat_id` in the room.
    pub async fn insert(&self, row: &ChatRow) -> Result<(), DataError> {
        Entity::insert(ActiveModel {
            id: Set(row.id.0),
            room_id: Set(row.room_id.0),
            user_id: Set(row.user_id.to_string()),
            display_name: Set(row.display_name.clone()),
            chat_id: Set(row.chat_id.clone()),
            content: Set(row.content.clone()),
            message_type: Set(row.message_type.to_string()),
            created_at: Set(row.created_at.as_micros()),
            deleted_at: Set(micros(row.deleted_at)),
        })
        .exec_without_returning(&self.db)
        .await?;
        Ok(())
    }

    /// One message of a room.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, room_id: RoomId, id: MessageId) -> Result<Option<ChatRow>, DataError> {
        let row = Entity::find_by_id(id.0).filter(Column::RoomId.eq(room_id.0)).one(&self.db).await?;
        row.map(to_domain).transpose()
    }

    /// The sender's own message of a client's id.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_own(
        &self,
        room_id: RoomId,
        sender: &UserId,
        chat_id: &str,
    ) -> Result<Option<ChatRow>, DataError> {
        let row = of_chat_id(room_id, chat_id).filter(Column::UserId.eq(sender.as_str())).one(&self.db).await?;
        row.map(to_domain).transpose()
    }

    /// The newest message of a client's id, whoever sent it, that was not taken back.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_newest(&self, room_id: RoomId, chat_id: &str) -> Result<Option<ChatRow>, DataError> {
        let row = of_chat_id(room_id, chat_id)
            .filter(Column::DeletedAt.is_null())
            .order_by_desc(Column::Id)
            .one(&self.db)
            .await?;
        row.map(to_domain).transpose()
    }

    /// Takes a message back; `false` where it was taken back before.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn delete(&self, id: MessageId, at: Timestamp) -> Result<bool, DataError> {
        let gone = Entity::update_many()
            .set(ActiveModel { deleted_at: Set(Some(at.as_micros())), ..ActiveModel::default() })
            .filter(Column::Id.eq(id.0))
            .filter(Column::DeletedAt.is_null())
            .exec(&self.db)
            .await?;
        Ok(gone.rows_affected == 1)
    }

    /// The newest messages of a room before one of them, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_newest(
        &self,
        room_id: RoomId,
        before: Option<MessageId>,
        message_type: Option<MessageType>,
        limit: u64,
    ) -> Result<Vec<ChatRow>, DataError> {
        let mut found = Entity::find().filter(Column::RoomId.eq(room_id.0)).filter(Column::DeletedAt.is_null());
        if let Some(before) = before {
            found = found.filter(Column::Id.lt(before.0));
        }
        if let Some(message_type) = message_type {
            found = found.filter(Column::MessageType.eq(message_type.as_str()));
        }
        let rows = found.order_by_desc(Column::Id).limit(limit).all(&self.db).await?;
        rows.into_iter().map(to_domain).collect()
    }

    /// How many messages of each type a room has, those taken back apart.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count_by_type(&self, room_id: RoomId) -> Result<BTreeMap<MessageType, u64>, DataError> {
        let rows: Vec<(String, i64)> = Entity::find()
            .select_only()
            .column(Column::MessageType)
            .column_as(Column::Id.count(), "count")
            .filter(Column::RoomId.eq(room_id.0))
            .filter(Column::DeletedAt.is_null())
            .group_by(Column::MessageType)
            .into_tuple()
            .all(&self.db)
            .await?;
        rows.into_iter().map(|(name, count)| Ok((parse(&name)?, u64::try_from(count).unwrap_or(0)))).collect()
    }
}

fn of_chat_id(room_id: RoomId, chat_id: &str) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::RoomId.eq(room_id.0)).filter(Column::ChatId.eq(chat_id))
}

fn to_domain(row: Model) -> Result<ChatRow, DataError> {
    Ok(ChatRow {
        id: MessageId(row.id),
        room_id: RoomId(row.room_id),
        user_id: user_id(row.user_id)?,
        display_name: row.display_name,
        chat_id: row.chat_id,
        content: row.content,
        message_type: parse(&row.message_type)?,
        created_at: Timestamp::from_micros(row.created_at),
        deleted_at: time(row.deleted_at),
    })
}
