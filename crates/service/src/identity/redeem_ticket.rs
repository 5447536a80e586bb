//! From a ticket to who bought it.

use mockly_data::Store;
use mockly_domain::ErrorCode;

use super::claims::LEEWAY;
use super::presented;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// Takes a ticket; of several who try at once one gets in. The principal lives as long as the token that the ticket
    /// was bought with.
    ///
    /// # Errors
    /// `invalid-ticket`.
    pub async fn redeem_ticket(&self, ticket: &str) -> Result<Principal, ServiceError> {
        let now = self.now();
        let Some(hash) = presented(ticket) else { return Err(invalid()) };
        // Looked for before a turn to write is taken: strangers who guess must not keep others from writing.
        if !self.db().tickets().exists(&hash).await? {
            return Err(invalid());
        }
        let work = self.begin().await?;
        let Some(taken) = work.tickets().take(&hash).await? else { return Err(invalid()) };
        let user = work.users().find(&taken.user_id).await?;
        // It is used up, in time or late.
        work.commit().await?;
        match user {
            Some(user) if now < taken.expires_at && now < taken.token_expires_at.plus(LEEWAY) => {
                Ok(Principal { user, expires_at: taken.token_expires_at })
            }
            _ => Err(invalid()),
        }
    }
}

fn invalid() -> ServiceError {
    ServiceError::refused(
        ErrorCode::InvalidTicket,
        "The ticket is unknown, used or older than 30 s; get a new one from POST /api/ws/ticket.",
    )
}
