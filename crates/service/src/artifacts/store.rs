//! `POST /api/sessions/{id}/artifacts`: what was received becomes a file of its session.

use std::fmt::Write as _;
use std::time::Duration;

use mockly_data::Store;
use mockly_domain::access::Action;
use mockly_domain::view::ArtifactView;
use mockly_domain::{Artifact, ArtifactId, ArtifactType, ErrorCode, EventType, SessionId, UserId};

use super::limits::ArtifactLimits;
use super::upload::Received;
use crate::error::log_failure;
use crate::jobs::{self, Work};
use crate::services::Wakes;
use crate::sessions::Change;
use crate::{Principal, ServiceError, Services};

/// When bytes are deleted whose row did not come to be: longer than any store takes to keep them.
const ORPHANED_AFTER: Duration = Duration::from_hours(1);

/// What is said about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewArtifact {
    /// What it is.
    pub artifact_type: ArtifactType,
    /// Its name, checked by [`mockly_domain::artifact::file_name`].
    pub file_name: String,
    /// Its media type, in lower case and without parameters.
    pub content_type: String,
    /// The SHA-256 that its bytes must have, where its sender knows.
    pub sha256: Option<[u8; 32]>,
}

impl Services {
    /// Makes a file of what was received, and tells everyone in the session.
    ///
    /// # Errors
    /// `validation-failed` for an empty file, `digest-mismatch`, `unsupported-media-type` where the type does not take
    /// the media type; `quota-exceeded`, `insufficient-storage`; and the refusals of [`Services::begin_upload`], since
    /// rights may have changed while the bytes came.
    pub async fn store_artifact(
        &self,
        caller: &Principal,
        received: Received,
        new: NewArtifact,
    ) -> Result<ArtifactView, ServiceError> {
        check(&received, &new)?;
        let id = received.id;
        let artifact = Artifact {
            id,
            session_id: received.session_id,
            artifact_type: new.artifact_type,
            storage_url: format!("/api/sessions/{}/artifacts/{id}/content", received.session_id),
            file_name: new.file_name,
            content_type: new.content_type,
            duration_sec: None,
            size_bytes: i64::try_from(received.bytes).unwrap_or(i64::MAX),
            sha256: hex(&received.sha256()),
            uploaded_by: Some(caller.user_id().clone()),
            created_at: self.now(),
        };
        self.schedule_deletion(id).await?;
        let writer = received.writer;
        let stored = match self.with_blobs(move |_| writer.finish()).await {
            Ok(()) => self.store_row(caller, &artifact).await,
            Err(error) => Err(error),
        };
        if let Err(error) = stored {
            // At once where that can be; else the job does it.
            log_failure(self.delete_blob(id).await, "the bytes of a refused file stay until their job deletes them");
            return Err(error);
        }
        Ok(ArtifactView::new(&artifact, &self.inner.settings.public_url))
    }

    /// How many bytes the quotas leave.
    pub(super) async fn quota_left(
        &self,
        store: &impl Store,
        session_id: SessionId,
        user: &UserId,
    ) -> Result<u64, ServiceError> {
        let limits = &self.inner.settings.artifacts;
        let files = store.artifacts().list(session_id).await?;
        if files.len() as u64 >= ArtifactLimits::PER_SESSION_MAX {
            let max = ArtifactLimits::PER_SESSION_MAX;
            let detail = format!("The session has {max} files already. Delete those that nobody needs.");
            return Err(ServiceError::refused(ErrorCode::QuotaExceeded, detail));
        }
        let of_session: u64 = files.iter().map(|file| u64::try_from(file.size_bytes).unwrap_or_default()).sum();
        let of_user = store.artifacts().bytes_of_user(user).await?;
        let left = limits.session_bytes_max.saturating_sub(of_session);
        Ok(left.min(limits.user_bytes_max.saturating_sub(of_user)))
    }

    async fn schedule_deletion(&self, id: ArtifactId) -> Result<(), ServiceError> {
        let work = self.begin().await?;
        jobs::schedule(&work, self, Work::DeleteBlob { artifact_id: id }, self.now().plus(ORPHANED_AFTER)).await?;
        self.commit(work, Wakes { jobs: true, ..Wakes::default() }).await
    }

    async fn store_row(&self, caller: &Principal, artifact: &Artifact) -> Result<(), ServiceError> {
        let mut change = Change::begin(self, artifact.session_id).await?;
        change.authorize(caller, Action::AddArtifact).await?;
        // Uploads of one user into several sessions, each locked by itself, are counted one after the other.
        change.work().users().lock(caller.user_id()).await?;
        let left = self.quota_left(change.work(), artifact.session_id, caller.user_id()).await?;
        if u64::try_from(artifact.size_bytes).is_ok_and(|bytes| bytes > left) {
            let detail = "Other files have come in meanwhile and used the quota up. Delete files that nobody needs.";
            return Err(ServiceError::refused(ErrorCode::QuotaExceeded, detail));
        }
        change.work().artifacts().insert(artifact).await?;
        change.unschedule(&[Work::DeleteBlob { artifact_id: artifact.id }]).await?;
        change.tell(EventType::SessionUpdated, &[], &[]).await?;
        change.commit().await
    }
}

fn check(received: &Received, new: &NewArtifact) -> Result<(), ServiceError> {
    if received.bytes == 0 {
        return Err(ServiceError::field("file", "must not be empty"));
    }
    if !new.artifact_type.takes(&new.content_type) {
        let known = new.artifact_type.media_types().join("`, `");
        let detail = format!(
            "A file of type {} cannot be `{}`. Send its part with a Content-Type of `{known}`, or choose another type.",
            new.artifact_type, new.content_type
        );
        return Err(ServiceError::refused(ErrorCode::UnsupportedMediaType, detail));
    }
    let arrived = received.sha256();
    if new.sha256.is_some_and(|announced| announced != arrived) {
        let detail = format!(
            "What arrived has the SHA-256 {}, which is not the one that was given. Upload the file again.",
            hex(&arrived)
        );
        return Err(ServiceError::refused(ErrorCode::DigestMismatch, detail));
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
