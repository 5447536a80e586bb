//! `GET /api/sessions/{id}/events`.

use mockly_data::Store;
use mockly_domain::access::Action;
use mockly_domain::{SessionEvent, SessionId};

use crate::{Principal, Rows, ServiceError, Services};

impl Services {
    /// A session's events after a sequence, oldest first.
    ///
    /// # Errors
    /// `session-not-found`, `access-denied`, and the own status.
    pub async fn list_events(
        &self,
        caller: &Principal,
        id: SessionId,
        after: i64,
        limit: u32,
    ) -> Result<Rows<SessionEvent>, ServiceError> {
        self.authorized(caller, id, Action::Follow).await?;
        let limit = limit as usize;
        let mut items = self.db().events().list_of_session(id, after, limit as u64 + 1).await?;
        let has_more = items.len() > limit;
        items.truncate(limit);
        Ok(Rows { items, has_more })
    }
}
