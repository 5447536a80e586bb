//! `[database]`: where everything is kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::reader::Reader;
use super::secret::Secret;
use super::table;

/// The section.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseConfig {
    pub(crate) url: Secret,
    pub(crate) connections_max: u32,
    pub(crate) timeout: Duration,
    pub(crate) migrate_on_start: bool,
}

impl DatabaseConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let url = reader.parse(&table::DATABASE_URL, |text| {
            mockly_data::check_url(text).map(|()| text.to_owned()).map_err(|problem| url_remedy(&problem))
        });
        let url = url.unwrap_or_default();
        let migrates_by_itself = is_sqlite(&url) || !reader.production();
        Self {
            url: Secret::new(url),
            connections_max: reader.number(&table::DATABASE_CONNECTIONS_MAX, 1..=1000).unwrap_or_default(),
            timeout: reader.duration(&table::DATABASE_TIMEOUT, Duration::from_millis(100)..=Duration::from_mins(5)),
            migrate_on_start: reader.switch(&table::MIGRATE_ON_START).unwrap_or(migrates_by_itself),
        }
    }

    /// Whether it is SQLite, which is for one node.
    pub(super) fn is_sqlite(&self) -> bool {
        is_sqlite(self.url.expose())
    }

    /// The SQLite file, where there is one.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let url = self.url.expose();
        let rest = url.strip_prefix("sqlite:").filter(|_| is_sqlite(url))?;
        let path = rest.strip_prefix("//").unwrap_or(rest).split('?').next().unwrap_or_default();
        (!path.is_empty() && !path.contains(":memory:")).then(|| PathBuf::from(path))
    }

    /// Where files of the server's own are kept: beside the SQLite file, else `./data`.
    pub(crate) fn folder(&self) -> PathBuf {
        match self.file() {
            Some(file) => match file.parent() {
                Some(parent) if parent != Path::new("") => parent.to_owned(),
                _ => PathBuf::from("."),
            },
            None => PathBuf::from("data"),
        }
    }
}

fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

fn url_remedy(problem: &str) -> String {
    format!("it {problem}; give sqlite://data/mockly.db or postgres://user:password@host/name")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, file: Option<&str>, folder: &str) {
        let config = DatabaseConfig {
            url: Secret::new(url.to_owned()),
            connections_max: 1,
            timeout: Duration::ZERO,
            migrate_on_start: true,
        };
        assert_eq!(config.file(), file.map(PathBuf::from), "{url}");
        assert_eq!(config.folder(), PathBuf::from(folder), "{url}");
    }

    #[test]
    fn own_files_lie_beside_the_database() {
        check("sqlite://data/mockly.db", Some("data/mockly.db"), "data");
        check("sqlite:///data/mockly.db?mode=rwc", Some("/data/mockly.db"), "/data");
        check("sqlite:mockly.db", Some("mockly.db"), ".");
        check("sqlite::memory:", None, "data");
        check("postgres://host/name", None, "data");
    }
}
