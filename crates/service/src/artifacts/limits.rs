//! How much may be kept.

/// How many and how large files may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArtifactLimits {
    /// Largest file, in bytes.
    pub file_bytes_max: u64,
    /// All files of one session together, in bytes.
    pub session_bytes_max: u64,
    /// All files of one user together, over all sessions, in bytes.
    pub user_bytes_max: u64,
}

impl ArtifactLimits {
    /// Files of one session: they are all in its `artifacts`.
    pub(crate) const PER_SESSION_MAX: u64 = 100;
    /// Uploads of one user on one node at once: what is on its way in counts for no quota yet.
    pub(crate) const UPLOADS_PER_USER_MAX: u32 = 4;
}

impl Default for ArtifactLimits {
    fn default() -> Self {
        const GIB: u64 = 1024 * 1024 * 1024;
        Self { file_bytes_max: 5 * GIB, session_bytes_max: 20 * GIB, user_bytes_max: 50 * GIB }
    }
}
