//! Where the bytes of files lie. The database knows everything else about them.

mod disk;
mod s3;

use std::fmt;
use std::io::{self, Read, Seek};

use mockly_domain::ArtifactId;

pub use disk::DiskBlobs;
pub use s3::{S3Blobs, S3Settings};

/// Keeps bytes under the ids of their files.
///
/// Its calls block: the use cases make them where blocking is fine. An [`io::ErrorKind::StorageFull`],
/// [`io::ErrorKind::QuotaExceeded`] or [`io::ErrorKind::FileTooLarge`] says that there is no room; an
/// [`io::ErrorKind::NotFound`] that nothing is kept under the id.
pub trait BlobStore: fmt::Debug + Send + Sync {
    /// Begins to take bytes in for an id. Nothing shows before [`BlobWriter::finish`].
    ///
    /// # Errors
    /// Where the store cannot be written to.
    fn create(&self, id: ArtifactId) -> io::Result<Box<dyn BlobWriter>>;

    /// Opens what is kept under an id, for reading at any place.
    ///
    /// # Errors
    /// Where nothing is kept under it, or the store cannot be read.
    fn open(&self, id: ArtifactId) -> io::Result<Box<dyn BlobReader>>;

    /// Deletes what is kept under an id; nothing kept is fine.
    ///
    /// # Errors
    /// Where the store cannot be written to.
    fn delete(&self, id: ArtifactId) -> io::Result<()>;

    /// Checks that bytes can be kept here, and removes what uploads left behind whose process is gone; how many they
    /// were. For the start of a process.
    ///
    /// # Errors
    /// Where the store cannot be written to.
    fn prepare(&self) -> io::Result<usize>;
}

/// Bytes on their way in. Dropped before its end it leaves nothing behind.
pub trait BlobWriter: Send {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// Where they cannot be written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Keeps everything under the id: whole and for good once this returns.
    ///
    /// # Errors
    /// Where it cannot be kept; nothing is left behind then.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Bytes on their way out.
pub trait BlobReader: Read + Seek + Send + Sync {}

impl<T: Read + Seek + Send + Sync> BlobReader for T {}
