//! Query strings: every fault of a query is told at once, under the parameter's name.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Query;
use actix_web::{FromRequest, HttpRequest};
use mockly_domain::{ErrorCode, FieldError, Timestamp};

use crate::problem::Problem;

/// A query that passed its type's rules. Unknown parameters are ignored, as unknown fields of a body are.
pub(crate) struct ValidQuery<T>(pub(crate) T);

/// What can be read from a query.
pub(crate) trait FromQuery: Sized {
    /// Reads what it needs; faults stay with the reader.
    fn from_query(query: &mut QueryReader) -> Self;
}

impl<T: FromQuery> FromRequest for ValidQuery<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self))
    }
}

/// Reads a query string.
pub(crate) fn read<T: FromQuery>(query_string: &str) -> Result<T, Problem> {
    let pairs = Query::<Vec<(String, String)>>::from_query(query_string)
        .map_err(|error| Problem::new(ErrorCode::InvalidParameter, format!("The query cannot be read: {error}.")))?;
    let mut reader = QueryReader { pairs: pairs.into_inner(), faults: Vec::new() };
    let value = T::from_query(&mut reader);
    if reader.faults.is_empty() {
        return Ok(value);
    }
    let texts: Vec<String> = reader.faults.iter().map(|fault| format!("`{}` {}", fault.field, fault.message)).collect();
    Err(Problem::new(ErrorCode::InvalidParameter, format!("{}.", texts.join("; "))).fields(reader.faults))
}

/// The parameters of a query, and what was wrong with them.
pub(crate) struct QueryReader {
    pairs: Vec<(String, String)>,
    faults: Vec<FieldError>,
}

impl QueryReader {
    /// One parameter, read by `parse`, whose error says how it must be; an empty one counts as left out.
    pub(crate) fn read<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let mut given = self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let text = given.next().filter(|text| !text.is_empty())?;
        if given.next().is_some() {
            self.fault(name, "is given more than once");
            return None;
        }
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                let message = error.to_string();
                self.fault(name, message);
                None
            }
        }
    }

    /// A whole number within bounds.
    pub(crate) fn number(&mut self, name: &str, min: i64, max: i64) -> Option<i64> {
        self.read(name, |text| {
            let number = text.parse::<i64>().ok().filter(|number| (min..=max).contains(number));
            number.ok_or_else(|| format!("must be a whole number from {min} to {max}"))
        })
    }

    /// Text without control characters, trimmed.
    pub(crate) fn text(&mut self, name: &str, chars_max: usize) -> Option<String> {
        self.read(name, |text| {
            if text.chars().count() > chars_max || text.chars().any(char::is_control) {
                return Err(format!("must have at most {chars_max} characters and no control characters"));
            }
            Ok(text.trim().to_owned())
        })
        .filter(|text| !text.is_empty())
    }

    /// An instant. An offset's `+` that was not percent-encoded has become a space; no valid time has one.
    pub(crate) fn time(&mut self, name: &str) -> Option<Timestamp> {
        self.read(name, |text| Timestamp::parse(&text.replace(' ', "+")))
    }

    /// Notes a fault.
    pub(crate) fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.faults.push(FieldError::new(name, message));
    }
}
