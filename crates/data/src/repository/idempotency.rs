//! Idempotency keys and the answers that were given under them.

use mockly_domain::Timestamp;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Set, TryInsertResult};

use crate::DataError;
use crate::entity::idempotency_key::{ActiveModel, Column, Entity};

/// A request that wants a key for itself.
#[derive(Debug, Clone)]
pub struct IdempotencyClaim {
    /// SHA-256 of user, path and key.
    pub key_hash: [u8; 32],
    /// SHA-256 of the body.
    pub body_sha256: [u8; 32],
    /// Who claims.
    pub claim: Uuid,
    /// Until when the request is under way at most; after that another may take over.
    pub claimed_until: Timestamp,
    /// Until when the answer is kept.
    pub expires_at: Timestamp,
}

/// What is known under a key.
#[derive(Debug, Clone)]
pub struct IdempotencyRow {
    /// SHA-256 of the body of the request that has the key.
    pub body_sha256: [u8; 32],
    /// Until when that request is under way at most.
    pub claimed_until: Timestamp,
    /// Until when the row counts.
    pub expires_at: Timestamp,
    /// Status, headers (JSON) and body of the answer, once there is one.
    pub answer: Option<(u16, String, Vec<u8>)>,
}

super::repository!(
    /// Idempotency keys.
    IdempotencyRepository
);

impl IdempotencyRepository<'_> {
    /// Takes a key that is free, expired, or claimed by a request that never ended; `false` where it is taken.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn claim(&self, claim: &IdempotencyClaim, now: Timestamp) -> Result<bool, DataError> {
        let abandoned = Condition::all().add(Column::Status.is_null()).add(Column::ClaimedUntil.lt(now.as_micros()));
        let free = Condition::any().add(Column::ExpiresAt.lte(now.as_micros())).add(abandoned);
        Entity::delete_many().filter(Column::KeyHash.eq(claim.key_hash.to_vec())).filter(free).exec(&self.db).await?;
        let row = ActiveModel {
            key_hash: Set(claim.key_hash.to_vec()),
            body_sha256: Set(claim.body_sha256.to_vec()),
            claim: Set(claim.claim),
            claimed_until: Set(claim.claimed_until.as_micros()),
            expires_at: Set(claim.expires_at.as_micros()),
            status: Set(None),
            headers: Set(None),
            body: Set(None),
        };
        let result = Entity::insert(row)
            .on_conflict(OnConflict::column(Column::KeyHash).do_nothing().to_owned())
            .try_insert()
            .exec_without_returning(&self.db)
            .await?;
        Ok(matches!(result, TryInsertResult::Inserted(1)))
    }

    /// What is known under a key.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, key_hash: &[u8; 32]) -> Result<Option<IdempotencyRow>, DataError> {
        let Some(row) = Entity::find_by_id(key_hash.to_vec()).one(&self.db).await? else { return Ok(None) };
        let body_sha256 =
            row.body_sha256.try_into().map_err(|_length| DataError::Corrupt("a hash of another length".to_owned()))?;
        let answer = match (row.status, row.headers, row.body) {
            (Some(status), Some(headers), Some(body)) => {
                u16::try_from(status).ok().map(|status| (status, headers, body))
            }
            _ => None,
        };
        Ok(Some(IdempotencyRow {
            body_sha256,
            claimed_until: Timestamp::from_micros(row.claimed_until),
            expires_at: Timestamp::from_micros(row.expires_at),
            answer,
        }))
    }

    /// Keeps the answer to a claim.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn complete(
        &self,
        key_hash: &[u8; 32],
        claim: Uuid,
        (status, headers, body): (u16, String, Vec<u8>),
    ) -> Result<(), DataError> {
        Entity::update_many()
            .set(ActiveModel {
                status: Set(Some(i32::from(status))),
                headers: Set(Some(headers)),
                body: Set(Some(body)),
                ..ActiveModel::default()
            })
            .filter(Column::KeyHash.eq(key_hash.to_vec()))
            .filter(Column::Claim.eq(claim))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Gives a claim up, so that the key can be used again.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn release(&self, key_hash: &[u8; 32], claim: Uuid) -> Result<(), DataError> {
        Entity::delete_many()
            .filter(Column::KeyHash.eq(key_hash.to_vec()))
            .filter(Column::Claim.eq(claim))
            .filter(Column::Status.is_null())
            .exec(&self.db)
            .await?;
        Ok(())
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
