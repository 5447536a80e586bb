//! `[artifacts]`: files of sessions.

use std::path::PathBuf;
use std::time::Duration;

use mockly_service::ArtifactLimits;

use super::reader::Reader;
use super::setting::Setting;
use super::table;

/// The section.
#[derive(Debug, Clone)]
pub(crate) struct ArtifactsConfig {
    /// Where they are kept; `None` takes the place beside the database.
    pub(crate) dir: Option<PathBuf>,
    pub(crate) limits: ArtifactLimits,
    pub(crate) stall_timeout: Duration,
}

impl ArtifactsConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        const KIB: usize = 1024;
        const GIB: usize = 1024 * 1024 * KIB;
        let mut bytes = |setting: &Setting, most: usize| reader.bytes(setting, KIB..=most) as u64;
        let limits = ArtifactLimits {
            file_bytes_max: bytes(&table::ARTIFACT_BYTES_MAX, KIB * GIB),
            session_bytes_max: bytes(&table::ARTIFACT_SESSION_BYTES_MAX, KIB * KIB * GIB),
            user_bytes_max: bytes(&table::ARTIFACT_USER_BYTES_MAX, KIB * KIB * GIB),
        };
        Self {
            dir: reader.text(&table::ARTIFACTS_DIR).map(PathBuf::from),
            limits,
            stall_timeout: reader
                .duration(&table::UPLOAD_STALL_TIMEOUT, Duration::from_secs(1)..=Duration::from_mins(10)),
        }
    }
}
