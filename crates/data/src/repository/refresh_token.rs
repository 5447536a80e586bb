//! Refresh tokens, in families: each use makes the next one of its family, and reuse of a spent one ends the family.

use mockly_domain::{Timestamp, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use crate::DataError;
use crate::convert::{time, user_id};
use crate::entity::refresh_token::{ActiveModel, Column, Entity};

/// A refresh token; the token itself is not stored, only its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Id of the row.
    pub id: Uuid,
    /// The sign-in that it descends from.
    pub family_id: Uuid,
    /// Whose it is.
    pub user_id: UserId,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// When it was used.
    pub spent_at: Option<Timestamp>,
    /// When its family was revoked.
    pub revoked_at: Option<Timestamp>,
}

super::repository!(
    /// Refresh tokens.
    RefreshTokenRepository
);

impl RefreshTokenRepository<'_> {
    /// Adds a token.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn insert(&self, token: &RefreshToken) -> Result<(), DataError> {
        let row = ActiveModel {
            id: Set(token.id),
            family_id: Set(token.family_id),
            user_id: Set(token.user_id.to_string()),
            token_hash: Set(token.token_hash.to_vec()),
            issued_at: Set(token.issued_at.as_micros()),
            expires_at: Set(token.expires_at.as_micros()),
            spent_at: Set(None),
            revoked_at: Set(None),
        };
        Entity::insert(row).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// The token with a hash.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_by_hash(&self, token_hash: &[u8; 32]) -> Result<Option<RefreshToken>, DataError> {
        let row = Entity::find().filter(Column::TokenHash.eq(token_hash.to_vec())).one(&self.db).await?;
        row.map(|row| {
            Ok(RefreshToken {
                id: row.id,
                family_id: row.family_id,
                user_id: user_id(row.user_id)?,
                token_hash: *token_hash,
                issued_at: Timestamp::from_micros(row.issued_at),
                expires_at: Timestamp::from_micros(row.expires_at),
                spent_at: time(row.spent_at),
                revoked_at: time(row.revoked_at),
            })
        })
        .transpose()
    }

    /// Marks a token as used; `false` where somebody else was first.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn spend(&self, id: Uuid, now: Timestamp) -> Result<bool, DataError> {
        let spent = Entity::update_many()
            .set(ActiveModel { spent_at: Set(Some(now.as_micros())), ..ActiveModel::default() })
            .filter(Column::Id.eq(id))
            .filter(Column::SpentAt.is_null())
            .filter(Column::RevokedAt.is_null())
            .exec(&self.db)
            .await?;
        Ok(spent.rows_affected == 1)
    }

    /// Ends a family.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn revoke_family(&self, family_id: Uuid, now: Timestamp) -> Result<(), DataError> {
        Entity::update_many()
            .set(ActiveModel { revoked_at: Set(Some(now.as_micros())), ..ActiveModel::default() })
            .filter(Column::FamilyId.eq(family_id))
            .filter(Column::RevokedAt.is_null())
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Ends every family of a user: the one token of each that can still be used.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn revoke_user(&self, user: &UserId, now: Timestamp) -> Result<(), DataError> {
        Entity::update_many()
            .set(ActiveModel { revoked_at: Set(Some(now.as_micros())), ..ActiveModel::default() })
            .filter(Column::UserId.eq(user.as_str()))
            .filter(Column::SpentAt.is_null())
            .filter(Column::RevokedAt.is_null())
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
