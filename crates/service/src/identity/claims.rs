//! What a token says, read without believing it.

use std::time::Duration;

use mockly_domain::{Timestamp, UserId};
use serde_json::{Map, Value};

use super::refusal::{expired, invalid};
use crate::ServiceError;

/// How far clocks may be apart.
pub(super) const LEEWAY: Duration = Duration::from_mins(1);

/// The claims of a token.
#[derive(Debug)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The first of several claims that is a text, as the id of a user.
    pub(super) fn user_id(&self, names: &[&str]) -> Result<UserId, ServiceError> {
        let text = names
            .iter()
            .find_map(|name| self.text(name))
            .ok_or_else(|| invalid(format!("The token names no user: it needs a text in {}.", names.join(", "))))?;
        UserId::new(text).map_err(|error| invalid(format!("The token's user id {error}.")))
    }

    /// Checks `exp`, `nbf` and `iat` (RFC 7519, sections 4.1.4 to 4.1.6) with 60 s of leeway; the instants of `exp` and
    /// `iat`.
    ///
    /// A token from the future is refused: its `iat` would outrank every later one of its user.
    pub(super) fn check_times(&self, now: Timestamp) -> Result<(Timestamp, Option<Timestamp>), ServiceError> {
        let expires_at =
            self.instant("exp")?.ok_or_else(|| invalid("The token has no `exp`; every token needs one."))?;
        if now >= expires_at.plus(LEEWAY) {
            return Err(expired(expires_at));
        }
        if let Some(not_before) = self.instant("nbf")?
            && not_before > now.plus(LEEWAY)
        {
            return Err(invalid(format!("The token is not valid before {not_before}.")));
        }
        let issued_at = self.instant("iat")?;
        if let Some(issued_at) = issued_at
            && issued_at > now.plus(LEEWAY)
        {
            return Err(invalid(format!("The token says that it was issued at {issued_at}, which is yet to come.")));
        }
        Ok((expires_at, issued_at))
    }

    /// Whether `iss` is this text.
    pub(super) fn is_from(&self, issuer: &str) -> bool {
        self.text("iss") == Some(issuer)
    }

    /// Whether `aud`, a text or several (RFC 7519, section 4.1.3), has this one.
    pub(super) fn is_for(&self, audience: &str) -> bool {
        match self.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(audience)),
            _ => false,
        }
    }

    /// Whether the claim is there and is not null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !value.is_null())
    }

    /// A `NumericDate`: seconds since the epoch, fractions allowed (RFC 7519, section 2).
    fn instant(&self, name: &str) -> Result<Option<Timestamp>, ServiceError> {
        let Some(value) = self.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
        if let Some(secs) = value.as_i64() {
            return Ok(Some(Timestamp::from_secs(secs)));
        }
        let secs = value.as_f64().ok_or_else(|| invalid(format!("The token's `{name}` is no number of seconds.")))?;
        #[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate, and the range is clamped")]
        Ok(Some(Timestamp::from_micros((secs * 1e6) as i64)))
    }
}

#[cfg(test)]
mod tests {
    use mockly_domain::ErrorCode;
    use serde_json::json;

    use super::*;

    fn claims(value: &Value) -> Claims {
        Claims::new(value.as_object().unwrap().clone())
    }

    #[test]
    fn times_have_sixty_seconds_of_leeway() {
        let now = Timestamp::from_secs(1_000);
        for (value, code) in [
            (json!({ "exp": 1_000 }), None),
            (json!({ "exp": 941 }), None),
            (json!({ "exp": 940 }), Some(ErrorCode::TokenExpired)),
            (json!({ "exp": 940.5 }), None),
            (json!({ "exp": -5 }), Some(ErrorCode::TokenExpired)),
            (json!({}), Some(ErrorCode::InvalidToken)),
            (json!({ "exp": null }), Some(ErrorCode::InvalidToken)),
            (json!({ "exp": "1000" }), Some(ErrorCode::InvalidToken)),
            (json!({ "exp": 1e300 }), None),
            (json!({ "exp": 1_000, "nbf": 1_060 }), None),
            (json!({ "exp": 1_000, "nbf": 1_061 }), Some(ErrorCode::InvalidToken)),
            (json!({ "exp": 1_000, "nbf": [] }), Some(ErrorCode::InvalidToken)),
            (json!({ "exp": 1_000, "iat": 1_060 }), None),
            (json!({ "exp": 1_000, "iat": 1_061 }), Some(ErrorCode::InvalidToken)),
        ] {
            assert_eq!(claims(&value).check_times(now).err().map(|error| error.code()), code, "{value}");
        }
    }

    #[test]
    fn the_user_is_the_first_claim_that_is_a_text() {
        let names = ["sub", "_id", "userId"];
        for (value, id) in [
            (json!({ "sub": "a", "_id": "b", "userId": "c" }), Some("a")),
            (json!({ "_id": "b", "userId": "c" }), Some("b")),
            (json!({ "sub": 7, "userId": "c" }), Some("c")),
            (json!({ "sub": "" , "userId": "c" }), None),
            (json!({ "sub": "a\u{7}" }), None),
            (json!({ "sub": "x".repeat(129) }), None),
            (json!({ "sub": { "id": "a" } }), None),
        ] {
            let found = claims(&value).user_id(&names).ok();
            assert_eq!(found.as_ref().map(UserId::as_str), id, "{value}");
        }
    }

    #[test]
    fn the_audience_is_one_text_or_several() {
        for (value, ours) in [
            (json!({ "aud": "mockly" }), true),
            (json!({ "aud": ["other", "mockly"] }), true),
            (json!({ "aud": ["other", 7] }), false),
            (json!({ "aud": "mockly other" }), false),
            (json!({ "aud": {} }), false),
            (json!({}), false),
        ] {
            assert_eq!(claims(&value).is_for("mockly"), ours, "{value}");
        }
    }
}
