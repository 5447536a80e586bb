//! How the media server fails.

/// The media server failed.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// There is no key.
    #[error("no LiveKit key is configured")]
    NotConfigured,
    /// It does not answer, or refuses what it should not refuse.
    #[error("LiveKit does not do what it was asked")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
