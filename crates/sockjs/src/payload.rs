//! What a client sends: messages as JSON, framed by nothing but the body or WebSocket message that holds them
//! ("Framing accepted by the server").
//!
//! Strictness, where the spec leaves a choice:
//! * A message must be a string. sockjs-node hands any JSON value on, but an application of text has no use for one;
//!   this also fixes the nesting at one level, so that no input makes the decoder recurse.
//! * A lone surrogate (`"\ud800"`) is refused, because it is no Unicode text. "JSON Unicode Encoding" allows that for
//!   servers whose strings are Unicode.
//! * A byte order mark is not JSON (RFC 8259 section 8.1) and is refused.

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor};

use crate::error::DecodeError;
use crate::limits::Limits;

/// Decodes the body of an `xhr_send`: a JSON array of strings, whatever its content type (`XhrPolling`).
///
/// `[]` is valid and holds no message; clients may send it as a sign of life.
///
/// # Errors
///
/// [`DecodeError`]; nothing of a refused body is delivered.
pub fn decode_body(body: &[u8], limits: &Limits) -> Result<Vec<String>, DecodeError> {
    check_size(body, limits)?;
    if body.is_empty() {
        return Err(DecodeError::PayloadExpected);
    }
    if is_array(body) {
        return decode_array(body, limits);
    }
    match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => Err(DecodeError::PayloadExpected),
        Err(_) => Err(DecodeError::BrokenJson),
    }
}

/// Decodes one text message of the WebSocket transport: a JSON array of strings, or one JSON string.
///
/// An empty message and `[]` hold no message and must be ignored ("Websocket", `test_empty_frame`).
///
/// # Errors
///
/// [`DecodeError`], after which the connection must be closed ([`DecodeError::disconnect`]).
pub fn decode_websocket(text: &str, limits: &Limits) -> Result<Vec<String>, DecodeError> {
    let bytes = text.as_bytes();
    check_size(bytes, limits)?;
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    if is_array(bytes) {
        return decode_array(bytes, limits);
    }
    match serde_json::from_str::<String>(text) {
        Ok(message) => Ok(vec![message]),
        Err(error) => Err(refusal(&error)),
    }
}

fn check_size(payload: &[u8], limits: &Limits) -> Result<(), DecodeError> {
    if payload.len() > limits.payload_bytes_max {
        return Err(DecodeError::TooLarge { bytes_max: limits.payload_bytes_max });
    }
    Ok(())
}

/// Whether the first character that is not JSON's white space opens an array.
fn is_array(payload: &[u8]) -> bool {
    payload.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) == Some(&b'[')
}

fn decode_array(payload: &[u8], limits: &Limits) -> Result<Vec<String>, DecodeError> {
    let mut too_many = false;
    let seed = Messages { messages_max: limits.payload_messages_max, too_many: &mut too_many };
    let mut deserializer = serde_json::Deserializer::from_slice(payload);
    let decoded = seed.deserialize(&mut deserializer).and_then(|messages| deserializer.end().map(|()| messages));
    match decoded {
        Ok(messages) => Ok(messages),
        Err(_) if too_many => Err(DecodeError::TooManyMessages { messages_max: limits.payload_messages_max }),
        Err(error) => Err(refusal(&error)),
    }
}

fn refusal(error: &serde_json::Error) -> DecodeError {
    if error.is_data() { DecodeError::NotText } else { DecodeError::BrokenJson }
}

/// Collects strings and gives up at the first one above the limit, before the rest takes memory.
struct Messages<'a> {
    messages_max: usize,
    too_many: &'a mut bool,
}

impl<'de> DeserializeSeed<'de> for Messages<'_> {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Messages<'_> {
    type Value = Vec<String>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an array of strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut messages = Vec::new();
        while let Some(message) = elements.next_element::<String>()? {
            if messages.len() >= self.messages_max {
                *self.too_many = true;
                return Err(A::Error::custom("too many messages"));
            }
            messages.push(message);
        }
        Ok(messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DecodeError::{BrokenJson, NotText, PayloadExpected, TooLarge, TooManyMessages};

    const LIMITS: fn() -> Limits = || Limits { payload_bytes_max: 64, payload_messages_max: 3, ..Limits::default() };

    fn check_body(body: &[u8], expected: Result<&[&str], DecodeError>) {
        let expected = expected.map(|texts| texts.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(decode_body(body, &LIMITS()), expected, "{}", String::from_utf8_lossy(body));
    }

    fn check_websocket(text: &str, expected: Result<&[&str], DecodeError>) {
        let expected = expected.map(|texts| texts.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(decode_websocket(text, &LIMITS()), expected, "{text}");
    }

    #[test]
    fn bodies() {
        check_body(b"[]", Ok(&[]));
        check_body(b"[\"a\"]", Ok(&["a"]));
        check_body(b" \r\n\t[ \"a\" , \"\" ] ", Ok(&["a", ""]));
        check_body(br#"["\u0000\n\ud83d\ude00\u2028"]"#, Ok(&["\0\n😀\u{2028}"]));
        check_body("[\"\u{fff0}\u{ffff}\u{200c}\"]".as_bytes(), Ok(&["\u{fff0}\u{ffff}\u{200c}"]));
        check_body(b"", Err(PayloadExpected));
        for other in ["{}", "1", "null", "\"a\"", "true", "{\"a\":[\"b\"]}"] {
            check_body(other.as_bytes(), Err(PayloadExpected));
        }
        for broken in ["[\"x", "[\"a\"", "[\"a\",]", "[", "x", "  ", "[\"a\"]]", "[\"a\"]\0", "[\"\\x\"]", "[\"\n\"]"] {
            check_body(broken.as_bytes(), Err(BrokenJson));
        }
        check_body(b"[\"\xff\"]", Err(BrokenJson));
        check_body(b"\xef\xbb\xbf[\"a\"]", Err(BrokenJson));
        for surrogate in [r#"["\ud800"]"#, r#"["\udc00"]"#, r#"["\ud800x"]"#] {
            check_body(surrogate.as_bytes(), Err(BrokenJson));
        }
        for not_text in ["[1]", "[null]", "[\"a\",{}]", "[[\"a\"]]"] {
            check_body(not_text.as_bytes(), Err(NotText));
        }
    }

    #[test]
    fn websocket_messages() {
        check_websocket("", Ok(&[]));
        check_websocket("[]", Ok(&[]));
        check_websocket("[\"a\",\"b\"]", Ok(&["a", "b"]));
        check_websocket("\"a\"", Ok(&["a"]));
        check_websocket(" \"a\" ", Ok(&["a"]));
        for broken in ["[\"a", "\"a", "x", " ", "\"a\" \"b\""] {
            check_websocket(broken, Err(BrokenJson));
        }
        for not_text in ["1", "{}", "null", "[1]"] {
            check_websocket(not_text, Err(NotText));
        }
    }

    #[test]
    fn limits_hold() {
        check_body(br#"["a","b","c"]"#, Ok(&["a", "b", "c"]));
        check_body(br#"["a","b","c","d"]"#, Err(TooManyMessages { messages_max: 3 }));
        check_websocket(r#"["a","b","c","d"]"#, Err(TooManyMessages { messages_max: 3 }));
        let longest = format!("[\"{}\"]", "x".repeat(60));
        assert!(decode_body(longest.as_bytes(), &LIMITS()).is_ok());
        let longer = format!("[\"{}\"]", "x".repeat(61));
        check_body(longer.as_bytes(), Err(TooLarge { bytes_max: 64 }));
        check_websocket(&longer, Err(TooLarge { bytes_max: 64 }));
        let limits = Limits { payload_bytes_max: 1 << 20, ..LIMITS() };
        assert_eq!(decode_body(&vec![b'['; 1 << 20], &limits), Err(NotText), "deep nesting must not recurse");
        let mut object = b"{\"a\":".to_vec();
        object.resize(1 << 20, b'[');
        assert_eq!(decode_body(&object, &limits), Err(BrokenJson), "not even to find out that it is no array");
    }

    #[test]
    fn errors_say_what_the_suite_looks_for() {
        assert!(PayloadExpected.to_string().starts_with("Payload expected."));
        assert!(BrokenJson.to_string().starts_with("Broken JSON encoding."));
        assert_eq!((BrokenJson.http_status(), TooLarge { bytes_max: 1 }.http_status()), (500, 413));
        assert_eq!((NotText.disconnect().code, TooManyMessages { messages_max: 1 }.disconnect().code), (1007, 1009));
    }
}
