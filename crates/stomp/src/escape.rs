//! Escaping of header names and values, section "Value Encoding".

use crate::{Command, Version};

/// How header text of one frame is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escaping {
    /// 1.0, and CONNECT and CONNECTED in every version.
    Plain,
    /// 1.1: `\n`, `\c` and `\\`.
    WithoutCarriageReturn,
    /// 1.2: also `\r`.
    Full,
}

impl Escaping {
    pub(crate) const fn of(version: Version, command: Command) -> Self {
        match version {
            _ if !command.is_escaped() => Self::Plain,
            Version::V1_0 => Self::Plain,
            Version::V1_1 => Self::WithoutCarriageReturn,
            Version::V1_2 => Self::Full,
        }
    }

    /// The text that `raw` stands for; `None` for an undefined escape sequence, which is a fatal protocol error.
    pub(crate) fn unescape(self, raw: &str) -> Option<String> {
        if self == Self::Plain || !raw.contains('\\') {
            return Some(raw.to_owned());
        }
        let mut text = String::with_capacity(raw.len());
        let mut rest = raw.chars();
        while let Some(character) = rest.next() {
            if character != '\\' {
                text.push(character);
                continue;
            }
            text.push(match rest.next()? {
                'n' => '\n',
                'c' => ':',
                '\\' => '\\',
                'r' if self == Self::Full => '\r',
                _ => return None,
            });
        }
        Some(text)
    }

    /// Appends a header name. Where a colon cannot be escaped it becomes a space, so that it cannot end the name.
    pub(crate) fn write_name(self, out: &mut Vec<u8>, name: &str) {
        self.write(out, name, true);
    }

    /// Appends a header value.
    ///
    /// What a version cannot express becomes a space: NUL in all of them (it would end the frame for many clients), CR
    /// before 1.2, and LF in plain text. A header can therefore never start another one, whatever it holds.
    pub(crate) fn write_value(self, out: &mut Vec<u8>, value: &str) {
        self.write(out, value, false);
    }

    fn write(self, out: &mut Vec<u8>, text: &str, is_name: bool) {
        for byte in text.bytes() {
            match (self, byte) {
                (_, 0) | (Self::Plain | Self::WithoutCarriageReturn, b'\r') | (Self::Plain, b'\n') => out.push(b' '),
                (Self::Plain, b':') => out.push(if is_name { b' ' } else { b':' }),
                (Self::Plain, _) => out.push(byte),
                (_, b'\\') => out.extend_from_slice(br"\\"),
                (_, b'\n') => out.extend_from_slice(br"\n"),
                (_, b':') => out.extend_from_slice(br"\c"),
                (_, b'\r') => out.extend_from_slice(br"\r"),
                (_, _) => out.push(byte),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_reads_its_own_sequences() {
        let check = |raw: &str, expected: [Option<&str>; 3]| {
            let escapings = [Escaping::Plain, Escaping::WithoutCarriageReturn, Escaping::Full];
            let read = escapings.map(|escaping| escaping.unescape(raw));
            assert_eq!(read.each_ref().map(Option::as_deref), expected, "{raw:?}");
        };
        check("plain", [Some("plain"); 3]);
        check(r"a\nb", [Some(r"a\nb"), Some("a\nb"), Some("a\nb")]);
        check(r"a\cb", [Some(r"a\cb"), Some("a:b"), Some("a:b")]);
        check(r"a\\nb", [Some(r"a\\nb"), Some(r"a\nb"), Some(r"a\nb")]);
        check(r"a\rb", [Some(r"a\rb"), None, Some("a\rb")]);
        check(r"a\tb", [Some(r"a\tb"), None, None]);
        check(r"a\", [Some(r"a\"), None, None]);
    }

    #[test]
    fn no_text_can_leave_its_line() {
        let check = |escaping: Escaping, expected: &str| {
            let mut out = Vec::new();
            escaping.write_name(&mut out, "n:\n");
            out.push(b'|');
            escaping.write_value(&mut out, "a:b\\c\r\nd\0e");
            assert_eq!(String::from_utf8_lossy(&out), expected, "{escaping:?}");
        };
        check(Escaping::Plain, "n  |a:b\\c  d e");
        check(Escaping::WithoutCarriageReturn, r"n\c\n|a\cb\\c \nd e");
        check(Escaping::Full, r"n\c\n|a\cb\\c\r\nd e");
    }

    #[test]
    fn connect_and_connected_are_never_escaped() {
        for command in [Command::Connect, Command::Stomp, Command::Connected] {
            assert_eq!(Escaping::of(Version::V1_2, command), Escaping::Plain);
        }
        assert_eq!(Escaping::of(Version::V1_2, Command::Error), Escaping::Full);
    }
}
