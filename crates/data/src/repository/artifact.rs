//! Artifacts.

use mockly_domain::{Artifact, ArtifactId, SessionId, Timestamp, UserId};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait as _, QueryFilter, QueryOrder, QuerySelect, Set};

use super::few_lengths;
use crate::DataError;
use crate::convert::{parse, user_id};
use crate::entity::artifact::{ActiveModel, Column, Entity, Model};

super::repository!(
    /// Files that belong to sessions.
    ArtifactRepository
);

impl ArtifactRepository<'_> {
    /// The files of a session, oldest first.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list(&self, session_id: SessionId) -> Result<Vec<Artifact>, DataError> {
        self.list_of_many(&[session_id]).await
    }

    /// The files of several sessions, oldest first.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_of_many(&self, session_ids: &[SessionId]) -> Result<Vec<Artifact>, DataError> {
        let rows = Entity::find()
            .filter(Column::SessionId.is_in(few_lengths(session_ids.iter().map(|id| id.0))))
            .order_by_asc(Column::Id)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_domain).collect()
    }

    /// One page of a session's files, oldest first, and how many there are.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn list_page(
        &self,
        session_id: SessionId,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<Artifact>, u64), DataError> {
        let of_session = Entity::find().filter(Column::SessionId.eq(session_id.0));
        let total = of_session.clone().count(&self.db).await?;
        let rows = of_session.order_by_asc(Column::Id).offset(offset).limit(limit).all(&self.db).await?;
        Ok((rows.into_iter().map(to_domain).collect::<Result<_, _>>()?, total))
    }

    /// One file.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find(&self, id: ArtifactId) -> Result<Option<Artifact>, DataError> {
        Entity::find_by_id(id.0).one(&self.db).await?.map(to_domain).transpose()
    }

    /// Adds a file.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn insert(&self, artifact: &Artifact) -> Result<(), DataError> {
        let row = ActiveModel {
            id: Set(artifact.id.0),
            session_id: Set(artifact.session_id.0),
            artifact_type: Set(artifact.artifact_type.to_string()),
            storage_url: Set(artifact.storage_url.clone()),
            file_name: Set(artifact.file_name.clone()),
            content_type: Set(artifact.content_type.clone()),
            duration_sec: Set(artifact.duration_sec),
            size_bytes: Set(artifact.size_bytes),
            sha256: Set(artifact.sha256.clone()),
            uploaded_by: Set(artifact.uploaded_by.as_ref().map(ToString::to_string)),
            created_at: Set(artifact.created_at.as_micros()),
        };
        Entity::insert(row).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// Notes how long the recording is.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn set_duration(&self, id: ArtifactId, duration_sec: i64) -> Result<(), DataError> {
        Entity::update_many()
            .col_expr(Column::DurationSec, Expr::value(duration_sec))
            .filter(Column::Id.eq(id.0))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Deletes a file's row.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn delete(&self, id: ArtifactId) -> Result<(), DataError> {
        Entity::delete_by_id(id.0).exec(&self.db).await?;
        Ok(())
    }

    /// How many bytes the files have that a user added, all sessions together.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn bytes_of_user(&self, user: &UserId) -> Result<u64, DataError> {
        // PostgreSQL adds up to a numeric, SQLite to an integer: the cast makes one type of both.
        let bytes: Option<Option<i64>> = Entity::find()
            .select_only()
            .column_as(Expr::col(Column::SizeBytes).sum().cast_as("BIGINT"), "bytes")
            .filter(Column::UploadedBy.eq(user.as_str()))
            .into_tuple()
            .one(&self.db)
            .await?;
        Ok(bytes.flatten().and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default())
    }
}

fn to_domain(row: Model) -> Result<Artifact, DataError> {
    Ok(Artifact {
        id: ArtifactId(row.id),
        session_id: SessionId(row.session_id),
        artifact_type: parse(&row.artifact_type)?,
        storage_url: row.storage_url,
        file_name: row.file_name,
        content_type: row.content_type,
        duration_sec: row.duration_sec,
        size_bytes: row.size_bytes,
        sha256: row.sha256,
        uploaded_by: row.uploaded_by.map(user_id).transpose()?,
        created_at: Timestamp::from_micros(row.created_at),
    })
}
