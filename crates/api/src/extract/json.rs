//! JSON bodies: read, parsed and validated before a handler sees them.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use mockly_domain::{ErrorCode, FieldError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use validator::Validate;

use super::body;
use crate::problem::Problem;
use crate::state::State;
use crate::validate;

/// Deepest nesting of a body. Ours have three levels; the bound keeps the parser's stack small.
const DEPTH_MAX: usize = 32;

/// A JSON object that passed its type's rules.
pub(crate) struct ValidJson<T>(pub(crate) T);

/// The same where the body may be left out.
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned + Validate + 'static> FromRequest for ValidJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            body::require_type(&request, &["application/json"])?;
            let bytes = read(&request, &mut payload).await?;
            parse(&bytes).map(Self)
        })
    }
}

impl<T: DeserializeOwned + Validate + Default + 'static> FromRequest for OptionalJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&request, &mut payload).await?;
            if bytes.is_empty() {
                return Ok(Self(T::default()));
            }
            body::require_type(&request, &["application/json"])?;
            // JSON's own word for nothing says the same as no body.
            if bytes.trim_ascii() == b"null" {
                return Ok(Self(T::default()));
            }
            parse(&bytes).map(Self)
        })
    }
}

/// Tells `null` from a field that was left out, for fields that `null` takes away.
///
/// # Errors
/// Where the value is of another type.
#[expect(clippy::option_option, reason = "left out, `null` and a value are three things")]
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<bytes::Bytes, Problem> {
    let state = request.app_data::<State>().ok_or_else(|| Problem::hidden(ErrorCode::Internal, "no state"))?;
    body::read(request.headers(), payload, &state.settings).await
}

/// Parses and validates a body.
pub(crate) fn parse<T: DeserializeOwned + Validate>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_malformed| malformed("The body is not UTF-8."))?;
    // A derived structure would also take its fields from an array, in their order.
    if !text.trim_start().starts_with('{') {
        return Err(malformed("The body must be a JSON object."));
    }
    if depth(text) > DEPTH_MAX {
        return Err(malformed(format!("The body is nested deeper than {DEPTH_MAX} levels.")));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| unreadable(&error))?;
    deserializer.end().map_err(|error| malformed(format!("The body goes on after its JSON object: {error}.")))?;
    value.validate().map_err(|faults| invalid(validate::field_errors(&faults)))?;
    Ok(value)
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(ErrorCode::MalformedBody, detail)
}

/// `validation-failed` with the faults of fields.
pub(crate) fn invalid(fields: Vec<FieldError>) -> Problem {
    let faults: Vec<String> = fields.iter().map(|fault| format!("{} {}", fault.field, fault.message)).collect();
    Problem::new(ErrorCode::ValidationFailed, format!("{}.", faults.join("; "))).fields(fields)
}

/// A parser's error: of the syntax, or of one field's type or value.
fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let inner = error.inner();
    if !inner.is_data() {
        return malformed(format!("The body is not JSON: {inner}."));
    }
    let full = inner.to_string();
    // "… at line 1 column 2" helps nobody who did not write the JSON by hand.
    let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message);
    let at = error.path().to_string();
    let mut field = if at == "." { String::new() } else { at };
    // A missing field is reported at its parent; an unnamed place is the field itself.
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    if let Some(name) = missing {
        if !field.is_empty() {
            field.push('.');
        }
        field.push_str(name);
    }
    let message = if missing.is_some() { "must be given" } else { message };
    invalid(vec![FieldError::new(dotted(&field), message)])
}

/// `a[0].b` as `a.0.b`.
fn dotted(path: &str) -> String {
    path.replace('[', ".").replace(']', "")
}

/// How deep arrays and objects are nested, outside of strings.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use mockly_domain::{Timestamp, UserId};

    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only the types matter")]
    struct Body {
        user_id: UserId,
        #[validate(range(min = 1, max = 5, message = "must be from 1 to 5"))]
        how_many: Option<u32>,
        at: Option<Timestamp>,
        inner: Option<Vec<Inner>>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[expect(dead_code, reason = "only the type matters")]
        count: u32,
    }

    fn check(text: &str, code: ErrorCode, field: Option<&str>) {
        let problem = parse::<Body>(text.as_bytes()).unwrap_err();
        let rendered = format!("{problem:?}");
        assert_eq!(problem.code(), code, "{text}: {rendered}");
        if let Some(field) = field {
            assert!(rendered.contains(&format!("field: \"{field}\"")), "{text}: {rendered}");
        }
    }

    #[test]
    fn faults_name_their_field_in_dots() {
        check(r#"{"howMany": 1}"#, ErrorCode::ValidationFailed, Some("userId"));
        check(r#"{"userId": 7}"#, ErrorCode::ValidationFailed, Some("userId"));
        check(r#"{"userId": "a", "howMany": 9}"#, ErrorCode::ValidationFailed, Some("howMany"));
        check(r#"{"userId": "a", "howMany": 1.5}"#, ErrorCode::ValidationFailed, Some("howMany"));
        check(r#"{"userId": "a", "at": "2024-01-15T10:00:00"}"#, ErrorCode::ValidationFailed, Some("at"));
        check(r#"{"userId": "a", "inner": [{"count": "x"}]}"#, ErrorCode::ValidationFailed, Some("inner.0.count"));
        check(r#"{"userId": "a", "inner": [{}]}"#, ErrorCode::ValidationFailed, Some("inner.0.count"));
    }

    #[test]
    fn what_is_no_json_object_is_malformed() {
        let deep = format!(r#"{{"userId": "a", "x": {}{}}}"#, "[".repeat(40), "]".repeat(40));
        for text in ["", "{", "[]", "null", "\"a\"", r#"{"userId": "a"} x"#, r#"{"userId": "\ud800"}"#, &deep] {
            check(text, ErrorCode::MalformedBody, None);
        }
        assert_eq!(parse::<Body>(b"{\"userId\": \"\xff\"}").unwrap_err().code(), ErrorCode::MalformedBody);
    }

    #[test]
    fn brackets_in_strings_do_not_nest_and_unknown_fields_are_ignored() {
        let text = format!(r#"{{"userId": "a", "x": "{}\""}}"#, "[".repeat(100));
        assert!(parse::<Body>(text.as_bytes()).is_ok());
    }
}
