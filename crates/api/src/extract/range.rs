//! `Range` and `If-Range` (RFC 9110, 14.2 and 13.1.5): one stretch of bytes at a time.

use actix_web::http::header::{self, HeaderMap};

/// Which bytes of something are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of them.
    Whole,
    /// So many from there on.
    Part {
        /// The first, counted from 0.
        start: u64,
        /// How many.
        length: u64,
    },
    /// Some that it does not have.
    Beyond,
}

/// What is asked for of `size` bytes with the strong tag `etag`, quotes included.
///
/// What is no range of bytes, or several, is answered with everything, as RFC 9110 allows; so is a range of a version
/// that is gone.
pub(crate) fn wanted(headers: &HeaderMap, etag: &str, size: u64) -> Wanted {
    let text = |name| headers.get(name).map(|value: &header::HeaderValue| value.to_str().unwrap_or_default().trim());
    if text(header::IF_RANGE).is_some_and(|known| known != etag) {
        return Wanted::Whole;
    }
    text(header::RANGE).and_then(|range| parse(range, size)).unwrap_or(Wanted::Whole)
}

fn parse(range: &str, size: u64) -> Option<Wanted> {
    let (unit, spec) = range.split_once('=')?;
    let (first, last) = spec.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") || spec.contains(',') {
        return None;
    }
    let (start, end) = match (number(first)?, number(last)?) {
        (None, None) => return None,
        // The last so many bytes.
        (None, Some(count)) => (size.saturating_sub(count), if count == 0 { 0 } else { size }),
        (Some(start), None) => (start, size),
        (Some(start), Some(last)) if last < start => return None,
        (Some(start), Some(last)) => (start, last.saturating_add(1).min(size)),
    };
    Some(if start < end { Wanted::Part { start, length: end - start } } else { Wanted::Beyond })
}

/// A number, nothing, or something that is neither.
#[expect(clippy::option_option, reason = "left out and not a number are two things")]
fn number(text: &str) -> Option<Option<u64>> {
    if text.is_empty() {
        return Some(None);
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    // A number beyond 64 bits is beyond any file.
    is_number.then(|| Some(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn check(range: &'static str, size: u64, expected: Wanted) {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static(range));
        assert_eq!(wanted(&headers, "\"a\"", size), expected, "{range} of {size}");
    }

    const fn part(start: u64, length: u64) -> Wanted {
        Wanted::Part { start, length }
    }

    #[test]
    fn one_range_is_a_part() {
        check("bytes=0-0", 10, part(0, 1));
        check("bytes=2-5", 10, part(2, 4));
        check("Bytes=2-", 10, part(2, 8));
        check("bytes=-3", 10, part(7, 3));
        check("bytes=-30", 10, part(0, 10));
        check("bytes=5-99999999999999999999999", 10, part(5, 5));
    }

    #[test]
    fn what_is_not_there_is_beyond() {
        check("bytes=10-", 10, Wanted::Beyond);
        check("bytes=99999999999999999999999-", 10, Wanted::Beyond);
        check("bytes=-0", 10, Wanted::Beyond);
        check("bytes=0-", 0, Wanted::Beyond);
    }

    #[test]
    fn what_is_no_range_of_bytes_is_everything() {
        for range in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=+1-2", "bytes=0-1,3-4", "lines=1-2"]
        {
            check(range, 10, Wanted::Whole);
        }
    }

    #[test]
    fn a_range_of_another_version_is_everything() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=0-0"));
        for (known, expected) in [("\"a\"", part(0, 1)), ("\"b\"", Wanted::Whole), ("W/\"a\"", Wanted::Whole)] {
            headers.insert(header::IF_RANGE, HeaderValue::from_static(known));
            assert_eq!(wanted(&headers, "\"a\"", 10), expected, "{known}");
        }
    }
}
