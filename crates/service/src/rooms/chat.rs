//! Chat (R13): the server sets sender, id and time; the client's own id makes a repeat harmless.

use mockly_data::{ChatRow, Store};
use mockly_domain::room::{
    Audience, CHAT_CHARS_MAX, CHAT_ID_CHARS_MAX, ChatMessage, MessageRef, MessageType, RoomEvent, RoomRole,
};
use mockly_domain::{ErrorCode, MessageId};

use super::command::Sender;
use super::log::Draft;
use super::unit::Room;
use crate::ServiceError;

impl Room<'_> {
    pub(super) async fn add_chat(
        &mut self,
        sender: Sender<'_>,
        chat_id: Option<String>,
        content: &str,
        message_type: MessageType,
    ) -> Result<Vec<RoomEvent>, ServiceError> {
        let content = content.trim();
        if !(1..=CHAT_CHARS_MAX).contains(&content.chars().count()) {
            return Err(ServiceError::field(
                "chatContent",
                "must be 1 to 1000 characters long, blanks around it apart",
            ));
        }
        require_storable("chatContent", content)?;
        if message_type == MessageType::System {
            return Err(ServiceError::refused(ErrorCode::Forbidden, "SYSTEM messages come from the server alone."));
        }
        let id = MessageId(self.services().inner.ids.uuid());
        let chat_id = chat_id.unwrap_or_else(|| id.to_string());
        if !(1..=CHAT_ID_CHARS_MAX).contains(&chat_id.chars().count()) {
            return Err(ServiceError::field("chatId", "must be 1 to 128 characters long"));
        }
        require_storable("chatId", &chat_id)?;
        let user = sender.caller.user_id();
        if let Some(stored) = self.work().chat().find_own(self.id(), user, &chat_id).await? {
            return Ok(vec![RoomEvent::AddChat(view(&stored, self.wire_id()))]);
        }
        let row = ChatRow {
            id,
            room_id: self.id(),
            user_id: user.clone(),
            display_name: sender.caller.user.display_name.clone(),
            chat_id,
            content: content.to_owned(),
            message_type,
            created_at: self.now(),
            deleted_at: None,
        };
        self.work().chat().insert(&row).await?;
        let message = RoomEvent::AddChat(view(&row, self.wire_id()));
        self.tell(Draft::new(message, Audience::admitted())).await?;
        Ok(Vec::new())
    }

    pub(super) async fn delete_chat(&mut self, sender: Sender<'_>, message: MessageRef) -> Result<(), ServiceError> {
        let user = sender.caller.user_id();
        let is_host = sender.role == RoomRole::Host;
        let found = match &message {
            MessageRef::Id(id) => self.work().chat().find(self.id(), *id).await?,
            // Nothing can be stored under such an id.
            MessageRef::ChatId(chat_id) if chat_id.contains('\0') => None,
            MessageRef::ChatId(chat_id) => match self.work().chat().find_own(self.id(), user, chat_id).await? {
                Some(own) => Some(own),
                None if is_host => self.work().chat().find_newest(self.id(), chat_id).await?,
                None => None,
            },
        };
        let row = found.ok_or(ErrorCode::MessageNotFound)?;
        if row.user_id != *user && !is_host {
            return Err(ServiceError::refused(ErrorCode::Forbidden, "Only its sender and hosts take a message back."));
        }
        let now = self.now();
        if !self.work().chat().delete(row.id, now).await? {
            return Ok(());
        }
        let by = sender.caller.actor();
        let event = RoomEvent::DeleteChat {
            client_id: by.client_id,
            display_name: by.display_name,
            message_id: row.id,
            chat_id: row.chat_id,
        };
        self.tell(Draft::new(event, Audience::admitted())).await
    }

    pub(super) async fn recent_chats(&self) -> Result<Vec<RoomEvent>, ServiceError> {
        let limit = u64::from(self.services().inner.settings.chat_history_limit);
        let mut rows = self.work().chat().list_newest(self.id(), None, None, limit).await?;
        rows.reverse();
        let messages = rows.iter().map(|row| view(row, self.wire_id())).collect();
        Ok(vec![RoomEvent::GetRecentChats(messages)])
    }
}

/// PostgreSQL stores no NUL.
pub(super) fn require_storable(field: &str, text: &str) -> Result<(), ServiceError> {
    if text.contains('\0') { Err(ServiceError::field(field, "must not contain U+0000")) } else { Ok(()) }
}

/// A message as everybody sees it.
pub(super) fn view(row: &ChatRow, session_id: String) -> ChatMessage {
    ChatMessage {
        client_id: row.user_id.clone(),
        display_name: row.display_name.clone(),
        chat_id: row.chat_id.clone(),
        message_id: row.id,
        timestamp: row.created_at.as_micros() / 1_000,
        chat_content: row.content.clone(),
        message_type: row.message_type,
        session_id,
    }
}
