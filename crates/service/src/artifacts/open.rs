//! `GET /api/sessions/{id}/artifacts/{aid}/content`.

use std::fmt;
use std::io::{Read as _, Seek as _, SeekFrom};

use mockly_domain::{Artifact, ArtifactId, SessionId};

use super::blobs::blocking;
use crate::blob::BlobReader;
use crate::{Principal, ServiceError, Services};

/// A file that is open for reading.
pub struct OpenArtifact {
    /// What is known about it.
    pub artifact: Artifact,
    reader: Box<dyn BlobReader>,
}

impl Services {
    /// Opens a file. Whoever has it open reads it to its end, also where it is deleted meanwhile.
    ///
    /// # Errors
    /// As [`Services::read_artifact`].
    pub async fn open_artifact(
        &self,
        caller: &Principal,
        session_id: SessionId,
        id: ArtifactId,
    ) -> Result<OpenArtifact, ServiceError> {
        let artifact = self.readable_artifact(caller, session_id, id).await?;
        self.open_bytes(artifact).await
    }

    /// Opens a file for somebody whose right to it is known.
    pub(crate) async fn open_bytes(&self, artifact: Artifact) -> Result<OpenArtifact, ServiceError> {
        let id = artifact.id;
        let reader = self.with_blobs(move |blobs| blobs.open(id)).await?;
        Ok(OpenArtifact { artifact, reader })
    }
}

impl OpenArtifact {
    /// Goes to a byte, counted from 0.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] where the store fails.
    pub async fn seek(self, to: u64) -> Result<Self, ServiceError> {
        let Self { artifact, mut reader } = self;
        blocking(move || {
            reader.seek(SeekFrom::Start(to))?;
            Ok(Self { artifact, reader })
        })
        .await
    }

    /// Reads the next bytes, as many as there are but at most `bytes_max`; none at the end.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] where the store fails.
    pub async fn read(self, bytes_max: usize) -> Result<(Self, Vec<u8>), ServiceError> {
        let Self { artifact, mut reader } = self;
        blocking(move || {
            let mut bytes = Vec::with_capacity(bytes_max);
            reader.by_ref().take(bytes_max as u64).read_to_end(&mut bytes)?;
            Ok((Self { artifact, reader }, bytes))
        })
        .await
    }
}

impl fmt::Debug for OpenArtifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenArtifact").field("artifact", &self.artifact).finish_non_exhaustive()
    }
}
