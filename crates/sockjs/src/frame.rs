//! The frames a server sends: `o`, `h`, `a[...]` and `c[...]` ("Framing accepted by the client").

use bytes::Bytes;

use crate::error::Disconnect;

/// The first frame of every session.
pub const OPEN: &str = "o";

/// The frame that keeps intermediaries from closing an idle connection.
pub const HEARTBEAT: &str = "h";

const ARRAY_START: &[u8] = b"a[";
const ARRAY_END: &[u8] = b"]";

/// One message, encoded once and shared by every connection that receives it.
///
/// Cloning shares the bytes.
/// It is kept as a complete frame, because that is what the WebSocket transport sends as it is; the HTTP transports
/// join several by [`join_messages`] without encoding again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedMessage {
    frame: Bytes,
}

impl EncodedMessage {
    /// Encodes `text`; the bytes are in memory only once however many sessions get a clone.
    pub fn new(text: &str) -> Self {
        Self { frame: encode_message_array([text]) }
    }

    /// The complete frame, for example `a["hello"]`; valid UTF-8.
    pub fn frame(&self) -> &Bytes {
        &self.frame
    }

    /// The message as a JSON string, for example `"hello"` with its quotes.
    pub fn json(&self) -> &[u8] {
        self.frame.strip_prefix(ARRAY_START).and_then(|rest| rest.strip_suffix(ARRAY_END)).unwrap_or_default()
    }
}

/// One array frame of all `texts` in their order, for example `a["one","two"]`.
pub fn encode_message_array<'a>(texts: impl IntoIterator<Item = &'a str>) -> Bytes {
    let mut out = ARRAY_START.to_vec();
    for (index, text) in texts.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_json_string(&mut out, text);
    }
    out.extend_from_slice(ARRAY_END);
    Bytes::from(out)
}

/// One array frame of messages that are already encoded, in their order.
pub fn join_messages<'a>(messages: impl IntoIterator<Item = &'a EncodedMessage>) -> Vec<u8> {
    let mut out = ARRAY_START.to_vec();
    for (index, message) in messages.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(message.json());
    }
    out.extend_from_slice(ARRAY_END);
    out
}

pub(crate) fn encode_close(disconnect: &Disconnect) -> Bytes {
    let mut out = format!("c[{},", disconnect.code).into_bytes();
    push_json_string(&mut out, &disconnect.reason);
    out.push(b']');
    Bytes::from(out)
}

/// Writes `text` as a JSON string, copying runs that need no escape as they are.
pub(crate) fn push_json_string(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len().saturating_add(2));
    out.push(b'"');
    let mut rest = text;
    while let Some((plain, tail)) = rest.find(is_escaped).and_then(|at| rest.split_at_checked(at)) {
        out.extend_from_slice(plain.as_bytes());
        let mut tail = tail.chars();
        if let Some(escaped) = tail.next() {
            push_escape(out, escaped);
        }
        rest = tail.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}

/// What JSON must escape, and the code points that browsers and proxies are known to mangle ("JSON Unicode
/// Encoding", `escapable_by_server`).
///
/// Surrogates are on the spec's list too, but no `str` holds one.
fn is_escaped(c: char) -> bool {
    matches!(
        c,
        '"' | '\\'
            | '\0'..='\u{1f}'
            | '\u{200c}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff0}'..='\u{ffff}'
    )
}

/// The short escapes are those of JavaScript's `JSON.stringify`, which the suite compares with byte by byte
/// (`EventSource`), as it does with the lower-case digits of the others.
fn push_escape(out: &mut Vec<u8>, c: char) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\u{8}' => out.extend_from_slice(b"\\b"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\u{c}' => out.extend_from_slice(b"\\f"),
        '\r' => out.extend_from_slice(b"\\r"),
        other => out.extend_from_slice(format!("\\u{:04x}", u32::from(other)).as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_look_as_in_the_spec() {
        let cases: [(&[&str], &str); 7] = [
            (&[], "a[]"),
            (&["a"], r#"a["a"]"#),
            (&["a", "b"], r#"a["a","b"]"#),
            (&["", "x"], r#"a["","x"]"#),
            (&["  \0\n\r "], r#"a["  \u0000\n\r "]"#),
            (&["\u{8}\t\u{c}\u{1f}\"\\/"], r#"a["\b\t\f\u001f\"\\/"]"#),
            (&["é\u{200b}\u{200c}😀\u{2028}x"], "a[\"é\u{200b}\\u200c😀\\u2028x\"]"),
        ];
        for (texts, frame) in cases {
            assert_eq!(encode_message_array(texts.iter().copied()), frame.as_bytes(), "{texts:?}");
        }
    }

    /// `test_xhr_server_encodes`: each of the spec's code points comes as an escape, its neighbours do not.
    #[test]
    fn the_troublesome_code_points_are_escaped() {
        for range in [0x200c..=0x200f_u32, 0x2028..=0x202f, 0x2060..=0x206f, 0xfff0..=0xffff] {
            for code in range {
                let text = char::from_u32(code).unwrap().to_string();
                let frame = format!("a[\"\\u{code:04x}\"]");
                assert_eq!(EncodedMessage::new(&text).frame(), frame.as_bytes());
            }
        }
        for plain in ["\u{7f}", "\u{200b}", "\u{2010}", "\u{2027}", "\u{2030}", "\u{205f}", "\u{2070}", "\u{10000}"] {
            assert_eq!(EncodedMessage::new(plain).json(), format!("\"{plain}\"").as_bytes());
        }
    }

    #[test]
    fn joining_equals_encoding_together() {
        let texts = ["one", "", "a\"b", "\u{2028}"];
        let messages = texts.map(EncodedMessage::new);
        assert_eq!(join_messages(&messages), encode_message_array(texts));
        assert_eq!(join_messages([]), b"a[]");
    }

    #[test]
    fn close_frames_carry_code_and_reason() {
        let cases = [
            (Disconnect::GO_AWAY, r#"c[3000,"Go away!"]"#),
            (Disconnect::STILL_OPEN, r#"c[2010,"Another connection still open"]"#),
            (Disconnect::INTERRUPTED, r#"c[1002,"Connection interrupted"]"#),
            (Disconnect::new(4401, "say \"who\""), r#"c[4401,"say \"who\""]"#),
        ];
        for (disconnect, frame) in cases {
            assert_eq!(disconnect.frame(), frame.as_bytes());
        }
    }
}
