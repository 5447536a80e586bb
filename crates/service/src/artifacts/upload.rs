//! Bytes on their way in: counted, hashed and written as they come, at the same memory whatever their number.

use std::{fmt, io, mem};

use mockly_domain::access::Action;
use mockly_domain::{ArtifactId, ErrorCode, SessionId};
use sha2::{Digest as _, Sha256};

use super::blobs::blocking;
use super::limits::ArtifactLimits;
use super::turns::UploadTurn;
use crate::blob::BlobWriter;
use crate::{Principal, ServiceError, Services};

/// Bytes that are gathered before they are written: one change of threads for each.
const CHUNK_BYTES: usize = 256 * 1024;

/// An upload under way. Dropped before its end it leaves nothing behind.
pub struct Upload {
    receiving: Option<Receiving>,
    gathered: Vec<u8>,
    bytes: u64,
    room: Room,
    turn: UploadTurn,
}

/// All bytes of an upload, not yet a file of its session. Dropped it leaves nothing behind.
pub struct Received {
    pub(super) id: ArtifactId,
    pub(super) session_id: SessionId,
    pub(super) writer: Box<dyn BlobWriter>,
    pub(super) bytes: u64,
    sha256: [u8; 32],
    _turn: UploadTurn,
}

impl Received {
    /// SHA-256 of the bytes.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("session_id", &self.session_id)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// What goes to the thread that writes, and comes back.
struct Receiving {
    id: ArtifactId,
    session_id: SessionId,
    writer: Box<dyn BlobWriter>,
    digest: Sha256,
}

impl Receiving {
    fn take(mut self, bytes: &[u8]) -> io::Result<Self> {
        self.digest.update(bytes);
        self.writer.write(bytes)?;
        Ok(self)
    }
}

/// How many bytes an upload may have.
#[derive(Debug, Clone, Copy)]
struct Room {
    file: u64,
    /// What is left of the quotas.
    quota: u64,
}

impl Room {
    fn check(self, bytes: u64) -> Result<(), ServiceError> {
        if bytes > self.file {
            let detail = format!("A file may have {} bytes.", self.file);
            return Err(ServiceError::refused(ErrorCode::BodyTooLarge, detail));
        }
        if bytes > self.quota {
            let left = self.quota;
            let detail = format!(
                "Only {left} bytes are left of the quotas of this session and of yours. Delete files that nobody needs."
            );
            return Err(ServiceError::refused(ErrorCode::QuotaExceeded, detail));
        }
        Ok(())
    }
}

impl Services {
    /// Begins to take in a file for a session. `announced` is how many bytes its sender means to send, where that is
    /// known: what has no room is refused at once.
    ///
    /// # Errors
    /// `session-not-found`, `access-denied`, `forbidden` and the refusals of one's own status; `body-too-large`,
    /// `quota-exceeded`, `insufficient-storage`; `rate-limited` where the caller has too many uploads under way.
    pub async fn begin_upload(
        &self,
        caller: &Principal,
        session_id: SessionId,
        announced: Option<u64>,
    ) -> Result<Upload, ServiceError> {
        self.authorized(caller, session_id, Action::AddArtifact).await?;
        let turn = self.inner.uploads.take(caller.user_id(), ArtifactLimits::UPLOADS_PER_USER_MAX);
        let turn = turn.ok_or_else(|| {
            let max = ArtifactLimits::UPLOADS_PER_USER_MAX;
            let detail = format!("You have {max} uploads under way; wait until one of them has ended.");
            ServiceError::refused(ErrorCode::RateLimited, detail)
        })?;
        let room = Room {
            file: self.inner.settings.artifacts.file_bytes_max,
            quota: self.quota_left(self.db(), session_id, caller.user_id()).await?,
        };
        room.check(announced.unwrap_or_default())?;
        let id = ArtifactId(self.inner.ids.uuid());
        let writer = self.with_blobs(move |blobs| blobs.create(id)).await?;
        let receiving = Some(Receiving { id, session_id, writer, digest: Sha256::new() });
        Ok(Upload { receiving, gathered: Vec::with_capacity(CHUNK_BYTES), bytes: 0, room, turn })
    }
}

impl Upload {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// `body-too-large`, `quota-exceeded`, `insufficient-storage`; the upload is over then.
    pub async fn push(&mut self, bytes: &[u8]) -> Result<(), ServiceError> {
        self.bytes += bytes.len() as u64;
        self.room.check(self.bytes)?;
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= CHUNK_BYTES {
            self.write_gathered().await?;
        }
        Ok(())
    }

    /// All bytes have come.
    ///
    /// # Errors
    /// As [`Upload::push`].
    pub async fn end(mut self) -> Result<Received, ServiceError> {
        self.write_gathered().await?;
        let Receiving { id, session_id, writer, digest } = self.receiving.take().ok_or_else(over)?;
        let sha256 = digest.finalize().into();
        Ok(Received { id, session_id, writer, bytes: self.bytes, sha256, _turn: self.turn })
    }

    /// A caller that goes away in between drops what comes back, and the temporary file with it.
    async fn write_gathered(&mut self) -> Result<(), ServiceError> {
        let receiving = self.receiving.take().ok_or_else(over)?;
        let gathered = mem::take(&mut self.gathered);
        let (receiving, mut gathered) = blocking(move || Ok((receiving.take(&gathered)?, gathered))).await?;
        gathered.clear();
        self.gathered = gathered;
        self.receiving = Some(receiving);
        Ok(())
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("bytes", &self.bytes).field("room", &self.room).finish_non_exhaustive()
    }
}

fn over() -> ServiceError {
    ServiceError::Internal("bytes for an upload that is over".to_owned())
}
