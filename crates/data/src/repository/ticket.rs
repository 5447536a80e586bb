//! Socket tickets: single use, seconds old.

use mockly_domain::{Timestamp, UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use crate::DataError;
use crate::convert::user_id;
use crate::entity::ticket::{ActiveModel, Column, Entity};

/// A ticket; only its hash is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// SHA-256 of the ticket.
    pub ticket_hash: [u8; 32],
    /// Who bought it.
    pub user_id: UserId,
    /// Until when the token lives that bought it; its socket lives as long.
    pub token_expires_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

super::repository!(
    /// Socket tickets.
    TicketRepository
);

impl TicketRepository<'_> {
    /// Adds a ticket.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn insert(&self, ticket: &Ticket) -> Result<(), DataError> {
        let row = ActiveModel {
            ticket_hash: Set(ticket.ticket_hash.to_vec()),
            user_id: Set(ticket.user_id.to_string()),
            token_expires_at: Set(ticket.token_expires_at.as_micros()),
            expires_at: Set(ticket.expires_at.as_micros()),
        };
        Entity::insert(row).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// Whether there is such a ticket.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn exists(&self, ticket_hash: &[u8; 32]) -> Result<bool, DataError> {
        Ok(Entity::find_by_id(ticket_hash.to_vec()).one(&self.db).await?.is_some())
    }

    /// Takes a ticket away; of two that try, one gets it.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn take(&self, ticket_hash: &[u8; 32]) -> Result<Option<Ticket>, DataError> {
        let Some(row) = Entity::find_by_id(ticket_hash.to_vec()).one(&self.db).await? else { return Ok(None) };
        let gone = Entity::delete_by_id(ticket_hash.to_vec()).exec(&self.db).await?;
        if gone.rows_affected == 0 {
            return Ok(None);
        }
        Ok(Some(Ticket {
            ticket_hash: *ticket_hash,
            user_id: user_id(row.user_id)?,
            token_expires_at: Timestamp::from_micros(row.token_expires_at),
            expires_at: Timestamp::from_micros(row.expires_at),
        }))
    }

    /// Deletes what expired before an instant.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn purge(&self, before: Timestamp) -> Result<u64, DataError> {
        let gone = Entity::delete_many().filter(Column::ExpiresAt.lt(before.as_micros())).exec(&self.db).await?;
        Ok(gone.rows_affected)
    }
}
