//! Artifacts.

use mockly_domain::{Artifact, ArtifactId, SessionId, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::DataError;
use crate::convert::parse;
use crate::entity::artifact::{Column, Entity, Model};

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
            .filter(Column::SessionId.is_in(session_ids.iter().map(|id| id.0)))
            .order_by_asc(Column::Id)
            .all(&self.db)
            .await?;
        rows.into_iter().map(to_domain).collect()
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
        created_at: Timestamp::from_micros(row.created_at),
    })
}
