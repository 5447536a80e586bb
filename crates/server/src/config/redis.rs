//! `[redis]`: what nodes tell each other by.

use mockly_service::RedisSettings;

use super::reader::Reader;
use super::{DatabaseConfig, table};

/// The port that Redis listens on where nobody says otherwise.
const PORT: u32 = 6379;

/// `None` where there is no Redis: one node needs none.
pub(super) fn read(reader: &mut Reader, database: &DatabaseConfig) -> Option<RedisSettings> {
    let by_url = reader.parse(&table::REDIS_URL, RedisSettings::from_url);
    let host = reader.text(&table::REDIS_HOST);
    let port = reader.number(&table::REDIS_PORT, 1..=u32::from(u16::MAX)).unwrap_or(PORT);
    let password = reader.text(&table::REDIS_PASSWORD);
    let number = reader.number(&table::REDIS_DB, 0..=1_000_000).unwrap_or_default();
    let tls = reader.switch(&table::REDIS_TLS).unwrap_or_default();

    let row = if reader.is_given(&table::REDIS_URL) { &table::REDIS_URL } else { &table::REDIS_HOST };
    let parts = [&table::REDIS_HOST, &table::REDIS_PORT, &table::REDIS_PASSWORD, &table::REDIS_DB, &table::REDIS_TLS];
    for part in parts.into_iter().filter(|part| reader.is_given(part)).collect::<Vec<_>>() {
        if reader.is_given(&table::REDIS_URL) {
            reader.fault(part, "is set beside REDIS_URL", "say all of it in REDIS_URL, or none of it");
        } else if host.is_none() {
            reader.fault(part, "is set without REDIS_HOST", "set the host, or none of them to go without Redis");
        }
    }
    let is_given = reader.is_given(row);
    if is_given && database.is_sqlite() {
        let remedy = "set DATABASE_URL to a PostgreSQL, or leave Redis out: SQLite is for one node, which needs none";
        reader.fault(row, "is set beside a SQLite database", remedy);
    }
    if by_url.is_some() {
        return by_url;
    }
    let port = u16::try_from(port).unwrap_or_default();
    match RedisSettings::from_parts(&host?, port, password.as_deref(), number, tls) {
        Ok(settings) => Some(settings),
        Err(remedy) => {
            reader.fault(&table::REDIS_HOST, "cannot be used", remedy);
            None
        }
    }
}
