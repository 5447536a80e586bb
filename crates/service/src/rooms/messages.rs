//! `GET /api/sessions/{id}/messages`.

use mockly_data::Store;
use mockly_domain::access::Action;
use mockly_domain::room::{ChatMessage, MessageType};
use mockly_domain::{MessageId, RoomId, SessionId};

use super::chat::view;
use crate::{Principal, Rows, ServiceError, Services};

impl Services {
    /// A session's chat before one of its messages, the newest without; oldest first, those taken back apart.
    ///
    /// # Errors
    /// `session-not-found`, `access-denied`, and the own status.
    pub async fn list_messages(
        &self,
        caller: &Principal,
        id: SessionId,
        before: Option<MessageId>,
        message_type: Option<MessageType>,
        limit: u32,
    ) -> Result<Rows<ChatMessage>, ServiceError> {
        self.authorized(caller, id, Action::ReadRecords).await?;
        let limit = limit as usize;
        let mut rows = self.db().chat().list_newest(RoomId(id.0), before, message_type, limit as u64 + 1).await?;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        rows.reverse();
        Ok(Rows { items: rows.iter().map(|row| view(row, id.to_string())).collect(), has_more })
    }
}
