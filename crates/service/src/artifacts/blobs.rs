//! Calls to the store of bytes, which block.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use mockly_data::Store as _;
use mockly_domain::{ArtifactId, ErrorCode};

use crate::blob::BlobStore;
use crate::{ServiceError, Services};

impl Services {
    /// Checks that files can be kept, and removes what uploads left behind that a stop cut off. For the start.
    ///
    /// # Errors
    /// `insufficient-storage`, or [`ServiceError::Internal`] where the store cannot be used.
    pub async fn prepare_blobs(&self) -> Result<(), ServiceError> {
        let left_behind = self.with_blobs(|blobs| blobs.prepare()).await?;
        if left_behind > 0 {
            tracing::info!(uploads = left_behind, "what interrupted uploads left behind was removed");
        }
        Ok(())
    }

    /// Calls the store where blocking is fine. The call goes on to its end even where its caller goes away.
    pub(super) async fn with_blobs<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn BlobStore) -> io::Result<T> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let blobs = Arc::clone(&self.inner.blobs);
        blocking(move || call(&*blobs)).await
    }

    /// Deletes the bytes of a file that has no row.
    pub(crate) async fn delete_blob(&self, id: ArtifactId) -> Result<(), ServiceError> {
        if self.db().artifacts().find(id).await?.is_some() {
            return Ok(());
        }
        self.with_blobs(move |blobs| blobs.delete(id)).await
    }
}

/// Runs what blocks on a thread for it.
pub(super) async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, ServiceError> {
    let done = tokio::task::spawn_blocking(call).await;
    let done = done.map_err(|lost| ServiceError::Internal(format!("a call to the store of files was lost: {lost}")))?;
    done.map_err(|error| failure(&error))
}

/// A full disk is for whoever uploads to know, anything else for the log.
fn failure(error: &io::Error) -> ServiceError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            tracing::warn!(error.cause = %error, "there is no room for a file");
            let detail = "The server has no room for the file. Tell whoever runs it, then upload it again.";
            ServiceError::refused(ErrorCode::InsufficientStorage, detail)
        }
        _ => ServiceError::Internal(format!("the store of files failed: {error}")),
    }
}
