//! `ETag`, `If-Match` and `If-None-Match` (RFC 9110, 8.8.3, 13.1). The tag of a session or class is its `version`.

use actix_web::http::header::{self, HeaderMap, HeaderName};
use mockly_domain::ErrorCode;

use crate::problem::Problem;

/// The tag of a version.
pub(crate) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Which version the caller means to change; `None` where any will do.
///
/// # Errors
/// `invalid-parameter` where the header is malformed, `stale-version` where none of its tags can ever match.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(tags) = tags(headers, &header::IF_MATCH)? else { return Ok(None) };
    // If-Match compares strongly, so a weak tag matches nothing (RFC 9110, 13.1.1).
    let mut versions = tags.iter().filter(|tag| !tag.weak).filter_map(|tag| tag.text.parse::<i64>().ok());
    let version = versions.next().ok_or_else(|| {
        Problem::new(ErrorCode::StaleVersion, "If-Match names no version of this. Read it again and send its ETag.")
    })?;
    if versions.next().is_some() {
        return Err(Problem::parameter("If-Match", "must be one ETag as this server gave it, or *"));
    }
    Ok(Some(version))
}

/// Whether the caller has this version already. `*` only asks whether there is one.
///
/// # Errors
/// `invalid-parameter` where the header is malformed.
pub(crate) fn is_known(headers: &HeaderMap, version: i64) -> Result<bool, Problem> {
    is_known_tag(headers, &version.to_string())
}

/// Whether the caller has what this tag, without its quotes, stands for.
///
/// # Errors
/// `invalid-parameter` where the header is malformed.
pub(crate) fn is_known_tag(headers: &HeaderMap, known: &str) -> Result<bool, Problem> {
    if headers.get(header::IF_NONE_MATCH).is_none() {
        return Ok(false);
    }
    let tags = tags(headers, &header::IF_NONE_MATCH)?;
    Ok(tags.is_none_or(|tags| tags.iter().any(|tag| tag.text == known)))
}

struct Tag<'a> {
    weak: bool,
    text: &'a str,
}

/// The listed tags; `None` where the header is `*` or not there.
fn tags<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<Vec<Tag<'a>>>, Problem> {
    let refuse = || Problem::parameter(name.as_str(), "must be an ETag in double quotes, such as \"3\", or *");
    let mut tags = Vec::new();
    for line in headers.get_all(name) {
        let line = line.to_str().map_err(|_malformed| refuse())?;
        if line.trim() == "*" {
            return Ok(None);
        }
        for item in line.split(',').map(str::trim) {
            let (weak, quoted) = item.strip_prefix("W/").map_or((false, item), |rest| (true, rest));
            let text = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or_else(refuse)?;
            if text.contains('"') {
                return Err(refuse());
            }
            tags.push(Tag { weak, text });
        }
    }
    Ok((!tags.is_empty()).then_some(tags))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn if_match_takes_one_strong_tag() {
        for (value, expected) in [
            ("\"3\"", Ok(Some(3))),
            ("*", Ok(None)),
            ("\"x\", \"4\"", Ok(Some(4))),
            ("\"abc\"", Err(ErrorCode::StaleVersion)),
            ("W/\"3\"", Err(ErrorCode::StaleVersion)),
            ("3", Err(ErrorCode::InvalidParameter)),
            ("\"3", Err(ErrorCode::InvalidParameter)),
            ("", Err(ErrorCode::InvalidParameter)),
            ("\"3\", \"4\"", Err(ErrorCode::InvalidParameter)),
        ] {
            let found = if_match(&headers(header::IF_MATCH, value)).map_err(|problem| problem.code());
            assert_eq!(found, expected, "{value}");
        }
        assert_eq!(if_match(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn if_none_match_compares_weakly() {
        for (value, expected) in
            [("\"3\"", true), ("W/\"3\"", true), ("*", true), ("\"2\", \"3\"", true), ("\"2\"", false)]
        {
            assert_eq!(is_known(&headers(header::IF_NONE_MATCH, value), 3).unwrap(), expected, "{value}");
        }
        assert!(!is_known(&HeaderMap::new(), 3).unwrap());
    }
}
