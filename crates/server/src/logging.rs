//! The log: JSON in production, lines for people in development, both to standard error.

use std::backtrace::Backtrace;
use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::{LogFormat, LoggingConfig};

/// Libraries that tell every statement and every frame below `warn`; sqlx and hyper would also tell what is secret.
/// A level for one of them in `LOG_LEVEL` goes before this.
const CAPPED: &[&str] = &[
    "sqlx",
    "sea_orm",
    "sea_orm_migration",
    "hyper",
    "hyper_util",
    "h2",
    "reqwest",
    "rustls",
    "actix_http",
    "actix_server",
    "mio",
];

/// Starts the log of this process. A second call changes nothing.
pub(crate) fn start(config: &LoggingConfig) {
    let builder = tracing_subscriber::fmt().with_env_filter(filter(&config.level)).with_writer(io::stderr);
    // Fails only where a log is there already.
    let _ = match config.format {
        LogFormat::Json => builder.json().flatten_event(true).with_span_list(false).try_init(),
        LogFormat::Text => builder.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
    };
    // A panic in a task or handler would else reach the log as a text between JSON lines.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no text");
        tracing::error!(panic.place = place, panic.backtrace = %Backtrace::capture(), "panic: {message}");
    }));
}

/// The level that was asked for, with the caps before it: of two directives for one target the later one counts.
fn filter(level: &str) -> EnvFilter {
    let wanted = EnvFilter::builder().parse_lossy(level);
    let is_quieter = wanted.max_level_hint().is_some_and(|most| most <= LevelFilter::WARN);
    if is_quieter {
        return wanted;
    }
    EnvFilter::builder().parse_lossy(format!("{}=warn,{level}", CAPPED.join("=warn,")))
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn libraries_are_capped_unless_asked_for() {
        assert!(filter("info").to_string().contains("sqlx=warn"));
        assert!(filter("debug,sqlx=info").to_string().contains("sqlx=info"));
        assert!(!filter("debug,sqlx=info").to_string().contains("sqlx=warn"));
        assert!(!filter("error").to_string().contains("sqlx"));
    }
}
