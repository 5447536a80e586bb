//! A ticket for a socket.

use std::fmt;
use std::time::Duration;

use mockly_data::Store;
use mockly_domain::Timestamp;

use super::Handed;
use crate::{Principal, ServiceError, Services};

/// How long a ticket can be used.
const LIFE: Duration = Duration::from_secs(30);

/// A ticket; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Opaque text, good for one use.
    pub ticket: String,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl Services {
    /// Makes a ticket that stands for a token once, within 30 s: browsers cannot send a header with a socket's upgrade,
    /// and an address with a token in it ends in logs.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn issue_ticket(&self, principal: &Principal) -> Result<Ticket, ServiceError> {
        let ticket = Handed::new(&*self.inner.ids);
        let expires_at = self.now().plus(LIFE);
        let work = self.begin().await?;
        work.tickets()
            .insert(&mockly_data::Ticket {
                ticket_hash: ticket.hash,
                user_id: principal.user.id.clone(),
                token_expires_at: principal.expires_at,
                expires_at,
            })
            .await?;
        work.commit().await?;
        Ok(Ticket { ticket: ticket.text, expires_at })
    }
}
