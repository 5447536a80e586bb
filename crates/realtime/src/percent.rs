//! Percent-encoding of one path segment (RFC 3986, section 2).

/// Writes a segment with everything but the unreserved characters (RFC 3986, section 2.3) encoded.
pub(crate) fn encode(segment: &str, out: &mut impl std::fmt::Write) -> std::fmt::Result {
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.write_char(char::from(byte))?;
        } else {
            write!(out, "%{byte:02X}")?;
        }
    }
    Ok(())
}

/// Reads a segment; `None` when an escape is cut short or the bytes are no UTF-8.
///
/// Reserved characters that were left as they are count as themselves, because clients that build a destination by
/// hand write `auth0|5f7c` as readily as `auth0%7C5f7c`.
pub(crate) fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(segment: &str) -> String {
        let mut out = String::new();
        encode(segment, &mut out).unwrap();
        out
    }

    #[test]
    fn every_segment_comes_back() {
        for (plain, wire) in
            [("user_2Nx", "user_2Nx"), ("auth0|5f7c", "auth0%7C5f7c"), ("a/b %", "a%2Fb%20%25"), ("é", "%C3%A9")]
        {
            assert_eq!(encoded(plain), wire);
            assert_eq!(decode(wire).as_deref(), Some(plain));
        }
        assert_eq!(decode("auth0|5f7c").as_deref(), Some("auth0|5f7c"));
    }

    #[test]
    fn broken_escapes_are_no_segment() {
        for wire in ["%", "%4", "%zz", "%ff", "a%C3"] {
            assert_eq!(decode(wire), None, "{wire}");
        }
    }
}
