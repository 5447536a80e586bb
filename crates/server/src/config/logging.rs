//! `[logging]`: what is written, and how.

use tracing_subscriber::EnvFilter;

use super::reader::Reader;
use super::table;

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// The section.
#[derive(Debug, Clone)]
pub(crate) struct LoggingConfig {
    /// A filter that parses.
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

impl LoggingConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let level = reader.parse(&table::LOG_LEVEL, |text| {
            let remedy = |_error| "give error, warn, info, debug or trace, or a list such as info,mockly_service=debug";
            EnvFilter::builder().parse(text).map(|_filter| text.to_owned()).map_err(|error| remedy(error).to_owned())
        });
        let is_json = reader.choice(&table::LOG_FORMAT).map_or(reader.production(), |word| word == "json");
        let format = if is_json { LogFormat::Json } else { LogFormat::Text };
        Self { level: level.unwrap_or_default(), format }
    }
}
