//! Keys of other services.

use mockly_domain::{ServiceKey, ServiceKeyId, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::DataError;
use crate::convert::{parse, user_id};
use crate::entity::service_key::{ActiveModel, Column, Entity, Model};

super::repository!(
    /// Service keys; the keys themselves are not stored, only their hashes.
    ServiceKeyRepository
);

impl ServiceKeyRepository<'_> {
    /// Adds a key.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn insert(&self, key: &ServiceKey, key_hash: &[u8; 32]) -> Result<(), DataError> {
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        let row = ActiveModel {
            id: Set(key.id.0),
            name: Set(key.name.clone()),
            scopes: Set(scopes.join(",")),
            key_hash: Set(key_hash.to_vec()),
            created_by: Set(key.created_by.to_string()),
            created_at: Set(key.created_at.as_micros()),
        };
        Entity::insert(row).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// The key with a hash.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_by_hash(&self, key_hash: &[u8; 32]) -> Result<Option<ServiceKey>, DataError> {
        let row = Entity::find().filter(Column::KeyHash.eq(key_hash.to_vec())).one(&self.db).await?;
        row.map(to_domain).transpose()
    }

    /// One page of all keys, oldest first.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list(&self, offset: u64, limit: u64) -> Result<Vec<ServiceKey>, DataError> {
        let rows = Entity::find()
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .offset(offset)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_domain).collect()
    }

    /// How many keys there are.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn count(&self) -> Result<u64, DataError> {
        Ok(Entity::find().count(&self.db).await?)
    }

    /// Deletes a key; `false` where there is none.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn delete(&self, id: ServiceKeyId) -> Result<bool, DataError> {
        Ok(Entity::delete_by_id(id.0).exec(&self.db).await?.rows_affected == 1)
    }
}

fn to_domain(row: Model) -> Result<ServiceKey, DataError> {
    Ok(ServiceKey {
        id: ServiceKeyId(row.id),
        name: row.name,
        scopes: row.scopes.split(',').filter(|scope| !scope.is_empty()).map(parse).collect::<Result<_, _>>()?,
        created_by: user_id(row.created_by)?,
        created_at: Timestamp::from_micros(row.created_at),
    })
}
