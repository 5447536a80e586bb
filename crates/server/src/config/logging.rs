//! `[logging]`: what is written, and how.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

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
            let remedy = "give error, warn, info, debug or trace, or a list such as info,mockly_service=debug";
            // A word that is no level would be taken for the one target to tell of, and all else would be silent.
            let has_no_level = |part: &str| !part.contains(['=', '[']) && part.trim().parse::<LevelFilter>().is_err();
            if text.split(',').any(has_no_level) || EnvFilter::builder().parse(text).is_err() {
                return Err(remedy.to_owned());
            }
            Ok(text.to_owned())
        });
        let is_json = reader.choice(&table::LOG_FORMAT).map_or(reader.production(), |word| word == "json");
        let format = if is_json { LogFormat::Json } else { LogFormat::Text };
        Self { level: level.unwrap_or_default(), format }
    }
}
