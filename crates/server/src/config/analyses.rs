//! `[analyses]`: who listens to recordings.

use std::time::Duration;

use mockly_service::AnalyserSettings;

use super::reader::Reader;
use super::{table, url};

/// The section.
#[derive(Debug, Clone)]
pub(crate) struct AnalysesConfig {
    /// The analyser of another service, where there is one.
    pub(crate) analyser: Option<AnalyserSettings>,
}

impl AnalysesConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let url = reader.parse(&table::ANALYSER_URL, url::endpoint);
        let secret = reader.secret(&table::ANALYSER_SECRET);
        let timeout = reader.duration(&table::ANALYSER_TIMEOUT, Duration::from_mins(1)..=Duration::from_hours(24));
        let remedy = "set both, or neither to have this server analyse by itself";
        match (reader.is_given(&table::ANALYSER_URL), &secret) {
            (true, None) => reader.fault(&table::ANALYSER_SECRET, "is missing beside ANALYSER_URL", remedy),
            (false, Some(_)) => reader.fault(&table::ANALYSER_SECRET, "is set without ANALYSER_URL", remedy),
            _ => {}
        }
        let analyser = url.zip(secret);
        Self {
            analyser: analyser.map(|(url, secret)| AnalyserSettings {
                url,
                secret: secret.expose().to_owned(),
                timeout,
            }),
        }
    }
}
