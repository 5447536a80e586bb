//! `[artifacts]`: files of sessions.

use std::path::PathBuf;
use std::time::Duration;

use mockly_service::{ArtifactLimits, S3Blobs, S3Settings};

use super::reader::Reader;
use super::setting::Setting;
use super::{table, url};

/// What Amazon's own rules leave of a bucket's name, and others' do too.
const BUCKET_CHARS: std::ops::RangeInclusive<usize> = 3..=63;

/// The section.
#[derive(Debug, Clone)]
pub(crate) struct ArtifactsConfig {
    /// Where they are kept; `None` takes the place beside the database.
    pub(crate) dir: Option<PathBuf>,
    /// The bucket that they are kept in instead, where there is one.
    pub(crate) s3: Option<S3Settings>,
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
        let s3 = read_s3(reader);
        if s3.is_some() && limits.file_bytes_max > S3Blobs::OBJECT_BYTES_MAX {
            let most = S3Blobs::OBJECT_BYTES_MAX / (KIB * KIB) as u64;
            let remedy = format!("give at most {most}MiB, or keep files in a folder");
            reader.fault(&table::ARTIFACT_BYTES_MAX, "is more than a bucket takes", remedy);
        }
        Self {
            dir: reader.text(&table::ARTIFACTS_DIR).map(PathBuf::from),
            s3,
            limits,
            stall_timeout: reader
                .duration(&table::UPLOAD_STALL_TIMEOUT, Duration::from_secs(1)..=Duration::from_mins(10)),
        }
    }
}

/// `None` without a bucket.
fn read_s3(reader: &mut Reader) -> Option<S3Settings> {
    let bucket = reader.parse(&table::S3_BUCKET, |text| {
        let well_formed =
            text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte));
        let well_formed = well_formed && BUCKET_CHARS.contains(&text.len());
        let remedy = "give the bucket's name: 3 to 63 of a-z 0-9 . -";
        if well_formed { Ok(text.to_owned()) } else { Err(remedy.to_owned()) }
    });
    let endpoint = reader.parse(&table::S3_ENDPOINT, |text| url::base(text, &["http", "https"]));
    let path_style = reader.switch(&table::S3_PATH_STYLE);
    let prefix = reader.parse(&table::S3_PREFIX, |text| {
        let well_formed = text.split_inclusive('/').all(|folder| folder.len() > 1 && folder.ends_with('/'));
        let well_formed =
            well_formed && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
        let remedy = "give folders of A-Z a-z 0-9 . _ - with a slash behind each, for example `mockly/`";
        if well_formed && !text.contains("..") { Ok(text.to_owned()) } else { Err(remedy.to_owned()) }
    });
    let region = reader.text(&table::S3_REGION).unwrap_or_default();
    let key_id = reader.text(&table::S3_ACCESS_KEY_ID);
    let key = reader.text(&table::S3_SECRET_ACCESS_KEY);
    for (row, given) in [(&table::S3_ACCESS_KEY_ID, key_id.is_some()), (&table::S3_SECRET_ACCESS_KEY, key.is_some())] {
        if reader.is_given(&table::S3_BUCKET) != given {
            let problem = if given { "is set without S3_BUCKET" } else { "is missing beside S3_BUCKET" };
            reader.fault(
                row,
                problem,
                "set the bucket and both parts of its key, or none of them to keep files in a folder",
            );
        }
    }
    Some(S3Settings {
        bucket: bucket?,
        region,
        path_style: path_style.unwrap_or(endpoint.is_some()),
        endpoint,
        prefix: prefix.unwrap_or_default(),
        access_key_id: key_id?,
        secret_access_key: key?,
    })
}
