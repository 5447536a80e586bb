//! Passwords of own accounts.

use mockly_domain::UserId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use crate::DataError;
use crate::convert::user_id;
use crate::entity::credential::{ActiveModel, Column, Entity, Model};

/// What an own account signs in with.
#[derive(Clone)]
pub struct Credential {
    /// The account.
    pub user_id: UserId,
    /// Its address in lower case, unique among own accounts.
    pub email: String,
    /// Argon2id in PHC form.
    pub password_hash: String,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

super::repository!(
    /// Passwords of own accounts.
    CredentialRepository
);

impl CredentialRepository<'_> {
    /// The credential of an address, which must be in lower case.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_by_email(&self, email: &str) -> Result<Option<Credential>, DataError> {
        Entity::find().filter(Column::Email.eq(email)).one(&self.db).await?.map(to_domain).transpose()
    }

    /// The credential of a user; one who has none is no own account.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, user: &UserId) -> Result<Option<Credential>, DataError> {
        Entity::find_by_id(user.as_str()).one(&self.db).await?.map(to_domain).transpose()
    }

    /// Adds a credential.
    ///
    /// # Errors
    /// [`DataError::Conflict`] where the address is taken.
    pub async fn insert(&self, credential: &Credential) -> Result<(), DataError> {
        let row = ActiveModel {
            user_id: Set(credential.user_id.to_string()),
            email: Set(credential.email.clone()),
            password_hash: Set(credential.password_hash.clone()),
        };
        Entity::insert(row).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// Gives an account another password.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn update_hash(&self, user: &UserId, password_hash: String) -> Result<(), DataError> {
        Entity::update_many()
            .set(ActiveModel { password_hash: Set(password_hash), ..ActiveModel::default() })
            .filter(Column::UserId.eq(user.as_str()))
            .exec(&self.db)
            .await?;
        Ok(())
    }
}

fn to_domain(row: Model) -> Result<Credential, DataError> {
    Ok(Credential { user_id: user_id(row.user_id)?, email: row.email, password_hash: row.password_hash })
}
