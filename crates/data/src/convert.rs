//! Between rows and domain types.

use mockly_domain::{Timestamp, UserId};

use crate::DataError;

/// Reads a stored name or id.
pub(crate) fn parse<T: std::str::FromStr>(text: &str) -> Result<T, DataError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| DataError::Corrupt(format!("{error}")))
}

pub(crate) fn user_id(text: String) -> Result<UserId, DataError> {
    UserId::new(text).map_err(|error| DataError::Corrupt(error.to_string()))
}

pub(crate) fn time(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_micros)
}

pub(crate) fn micros(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_micros)
}

/// A count that the schema keeps non-negative.
pub(crate) fn count(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

pub(crate) fn stored(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
