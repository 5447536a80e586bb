//! Files that belong to sessions: recordings, transcripts, documents.
//!
//! The database has a row for each whole file; its bytes are in the [`BlobStore`](crate::BlobStore). A file is there for
//! others once its row is, and no bytes outlive their row: whoever stores bytes first writes a job down that deletes them
//! unless the row comes to be.

mod blobs;
mod delete;
mod limits;
mod link;
mod list;
mod open;
mod store;
mod turns;
mod upload;

pub use limits::ArtifactLimits;
pub use link::ContentLink;
pub use open::OpenArtifact;
pub use store::NewArtifact;
pub(crate) use turns::UploadTurns;
pub use upload::{Received, Upload};
