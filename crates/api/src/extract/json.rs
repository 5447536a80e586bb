//! JSON bodies: read, parsed and validated before a handler sees them.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use mockly_domain::{ErrorCode, FieldError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use validator::Validate;

mod faults;
mod schema;

use super::body;
use crate::problem::Problem;
use crate::state::State;
use crate::validate;
use faults::faults_of;

/// Deepest nesting of a body. Ours have three levels; the bound keeps the parser's stack small.
const DEPTH_MAX: usize = 32;

/// A JSON object that passed its type's rules.
pub(crate) struct ValidJson<T>(pub(crate) T);

/// The same where the body may be left out.
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned + Validate + ToSchema + 'static> FromRequest for ValidJson<T> {
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

impl<T: DeserializeOwned + Validate + ToSchema + Default + 'static> FromRequest for OptionalJson<T> {
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
pub(crate) fn parse<T: DeserializeOwned + Validate + ToSchema>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_malformed| malformed("The body is not UTF-8."))?;
    // A derived structure would also take its fields from an array, in their order.
    if !text.trim_start().starts_with('{') {
        return Err(malformed("The body must be a JSON object."));
    }
    if depth(text) > DEPTH_MAX {
        return Err(malformed(format!("The body is nested deeper than {DEPTH_MAX} levels.")));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value: T = match serde_path_to_error::deserialize(&mut deserializer) {
        Ok(value) => value,
        Err(error) => return Err(refused::<T>(text, &error)),
    };
    deserializer.end().map_err(|error| malformed(format!("The body goes on after its JSON object: {error}.")))?;
    value.validate().map_err(|faults| invalid(validate::field_errors(&faults)))?;
    Ok(value)
}

/// A body that is no JSON, or not of its type.
fn refused<T: DeserializeOwned + Validate + ToSchema>(
    text: &str,
    error: &serde_path_to_error::Error<serde_json::Error>,
) -> Problem {
    match serde_json::from_str(text) {
        Ok(body) => invalid(faults_of::<T>(body, error)),
        // The type may have been refused before the syntax broke off, but there is no telling fields from what is no JSON.
        Err(error) => malformed(format!("The body is not JSON: {error}.")),
    }
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(ErrorCode::MalformedBody, detail)
}

/// `validation-failed` with the faults of fields.
pub(crate) fn invalid(fields: Vec<FieldError>) -> Problem {
    let faults: Vec<String> = fields.iter().map(|fault| format!("{} {}", fault.field, fault.message)).collect();
    Problem::new(ErrorCode::ValidationFailed, format!("{}.", faults.join("; "))).fields(fields)
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
    use mockly_domain::{Admission, MediaPatch, Timestamp, UserId};

    use super::*;

    #[derive(Debug, Deserialize, Validate, ToSchema)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only the types matter")]
    #[expect(clippy::option_option, reason = "left out, `null` and a value are three things")]
    struct Body {
        user_id: UserId,
        admission: Admission,
        #[schema(minimum = 1, maximum = 5)]
        #[validate(range(min = 1, max = 5, message = "must be from 1 to 5"))]
        how_many: Option<u32>,
        at: Option<Timestamp>,
        #[serde(default, deserialize_with = "given")]
        #[schema(value_type = Option<String>)]
        #[validate(length(max = 3, message = "must have at most 3 characters"))]
        note: Option<Option<String>>,
        media: Option<MediaPatch>,
        inner: Option<Vec<Inner>>,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[expect(dead_code, reason = "only the types matter")]
    struct Inner {
        count: u32,
        tags: Vec<String>,
    }

    /// The fields of a refused body with what is said about them.
    fn faults(text: &str) -> Vec<String> {
        let problem = parse::<Body>(text.as_bytes()).unwrap_err();
        assert_eq!(problem.code(), ErrorCode::ValidationFailed, "{text}: {problem:?}");
        problem.field_errors().iter().map(|fault| format!("{} {}", fault.field, fault.message)).collect()
    }

    /// A body with what it needs, and more.
    fn with(more: &str) -> String {
        format!(r#"{{"userId": "a", "admission": "open", {more}}}"#)
    }

    #[test]
    fn faults_name_their_field_in_dots_and_say_what_would_be_right() {
        let time =
            "at must be an RFC 3339 time with an offset, such as 2026-01-15T10:00:00Z or 2026-01-15T12:00:00+02:00";
        for (more, fault) in [
            (r#""userId": 7"#, "userId must be given only once"),
            (r#""howMany": 9"#, "howMany must be from 1 to 5"),
            (r#""howMany": "2""#, "howMany must be a whole number from 1 to 5"),
            (r#""howMany": 1.5"#, "howMany must be a whole number from 1 to 5"),
            (r#""howMany": -1"#, "howMany must be a whole number from 1 to 5"),
            (r#""howMany": 99999999999999999999"#, "howMany must be a whole number from 1 to 5"),
            (r#""at": "2024-01-15T10:00:00""#, time),
            (r#""at": 1705312800"#, time),
            (r#""note": []"#, "note must be a string"),
            (r#""note": "long""#, "note must have at most 3 characters"),
            (r#""media": "all""#, "media must be an object"),
            (r#""media": {"camera": 1}"#, "media.camera must be true or false"),
            (r#""inner": {}"#, "inner must be an array"),
            (r#""inner": [7]"#, "inner.0 must be an object"),
            (r#""inner": [{"count": "x", "tags": []}]"#, "inner.0.count must be a whole number of at least 0"),
            (r#""inner": [{"tags": []}]"#, "inner.0.count must be given"),
            (r#""inner": [{"count": 1, "tags": ["a", null]}]"#, "inner.0.tags.1 must be a string"),
        ] {
            assert_eq!(faults(&with(more)), [fault], "{more}");
        }
        assert_eq!(faults(r#"{"userId": {}, "admission": "OPEN"}"#), ["userId must be a string"]);
        assert_eq!(faults(r#"{"userId": "a", "admission": 1}"#), ["admission must be one of OPEN, KNOCK"]);
        assert_eq!(
            faults(r#"{"userId": "a", "admission": "ask"}"#),
            ["admission is `ask` and must be one of OPEN, KNOCK"]
        );
    }

    /// The first wrong type used to hide all other faults.
    #[test]
    fn all_faults_are_told_at_once() {
        let text = r#"{"admission": [], "howMany": "x", "note": "long", "media": {"microphone": 0, "camera": 0},
                       "inner": [{"tags": 1}, {"count": -1, "tags": [1, "a", 2]}]}"#;
        assert_eq!(
            faults(text),
            [
                "admission must be one of OPEN, KNOCK",
                "howMany must be a whole number from 1 to 5",
                "inner.0.count must be given",
                "inner.0.tags must be an array",
                "inner.1.count must be a whole number of at least 0",
                "inner.1.tags.0 must be a string",
                "inner.1.tags.2 must be a string",
                "media.camera must be true or false",
                "media.microphone must be true or false",
                "note must have at most 3 characters",
                "userId must be given",
            ]
        );
        assert_eq!(faults(&with(&format!(r#""inner": [{}1]"#, "1, ".repeat(1_000)))).len(), 50, "the list is bounded");
    }

    #[test]
    fn what_is_no_json_object_is_malformed() {
        let deep = format!(r#"{{"userId": "a", "x": {}{}}}"#, "[".repeat(40), "]".repeat(40));
        for text in [
            "",
            "{",
            "[]",
            "null",
            "\"a\"",
            r#"{"userId": 7, x}"#,
            r#"{"userId": "a", "admission": "OPEN"} x"#,
            r#"{"userId": "\ud800"}"#,
            &deep,
        ] {
            let problem = parse::<Body>(text.as_bytes()).unwrap_err();
            assert_eq!(problem.code(), ErrorCode::MalformedBody, "{text}: {problem:?}");
        }
        assert_eq!(parse::<Body>(b"{\"userId\": \"\xff\"}").unwrap_err().code(), ErrorCode::MalformedBody);
    }

    #[test]
    fn brackets_in_strings_do_not_nest_and_unknown_fields_are_ignored() {
        let text = with(&format!(r#""x": "{}\"""#, "[".repeat(100)));
        assert!(parse::<Body>(text.as_bytes()).is_ok());
    }
}
