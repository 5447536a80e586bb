//! What can go wrong with storage, in three words a caller can act on.

use std::sync::Arc;

use sea_orm::{DbErr, RuntimeErr, SqlErr};

type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// A failure of storage.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DataError {
    /// A unique index refused the row; which one follows from the operation.
    #[error("a row with that key exists")]
    Conflict(#[source] Cause),
    /// The database cannot be reached, is full or too busy: trying later may help.
    #[error("the database is not available")]
    Unavailable(#[source] Cause),
    /// Everything else: a fault of ours.
    #[error("a database statement failed")]
    Failed(#[source] Cause),
    /// A stored value is none that this version knows.
    #[error("a stored value cannot be read: {0}")]
    Corrupt(String),
}

impl From<DbErr> for DataError {
    fn from(error: DbErr) -> Self {
        if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            return Self::Conflict(Arc::new(error));
        }
        if is_outage(&error) {
            return Self::Unavailable(Arc::new(error));
        }
        if is_unreadable(&error) { Self::Corrupt(error.to_string()) } else { Self::Failed(Arc::new(error)) }
    }
}

/// A column that holds what none of ours writes there, by its type or as NULL.
fn is_unreadable(error: &DbErr) -> bool {
    match error {
        DbErr::Type(_) => true,
        DbErr::Query(RuntimeErr::SqlxError(error)) => {
            matches!(**error, sea_orm::SqlxError::ColumnDecode { .. } | sea_orm::SqlxError::Decode(_))
        }
        _ => false,
    }
}

/// SQLite's primary result codes for busy, locked, I/O error, corrupt-free full disk and "cannot open", and
/// PostgreSQL's classes 08 (connection), 53 (resources), 57 (operator intervention, statement timeout) and 40
/// (serialisation failure, deadlock), 25P03, by which it ends a transaction that waits too long for us, and 25006, by which
/// one that has become a standby refuses to write.
fn is_outage(error: &DbErr) -> bool {
    let runtime = match error {
        DbErr::ConnectionAcquire(_) => return true,
        DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime) => runtime,
        _ => return false,
    };
    let RuntimeErr::SqlxError(error) = runtime else { return matches!(error, DbErr::Conn(_)) };
    match &**error {
        sea_orm::SqlxError::Database(refusal) => refusal.code().is_some_and(|code| is_outage_code(&code)),
        sea_orm::SqlxError::Io(_)
        | sea_orm::SqlxError::PoolTimedOut
        | sea_orm::SqlxError::PoolClosed
        | sea_orm::SqlxError::Tls(_)
        | sea_orm::SqlxError::Protocol(_)
        | sea_orm::SqlxError::WorkerCrashed => true,
        _ => false,
    }
}

fn is_outage_code(code: &str) -> bool {
    let class_of_postgres = code.len() == 5 && ["08", "53", "57", "40"].iter().any(|class| code.starts_with(class))
        || matches!(code, "25P03" | "25006");
    let of_sqlite = code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14)) && code.len() < 5;
    class_of_postgres || of_sqlite
}

#[cfg(test)]
mod tests {
    use super::is_outage_code;

    #[test]
    fn outages_are_told_from_faults() {
        for code in ["5", "517", "13", "14", "08006", "53300", "57014", "57P01", "40P01", "25P03", "25006"] {
            assert!(is_outage_code(code), "{code}");
        }
        for code in ["1", "19", "2067", "23505", "42P01", "25P02"] {
            assert!(!is_outage_code(code), "{code}");
        }
    }
}
