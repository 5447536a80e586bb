//! The header entries of a frame.

use std::fmt;

/// Names whose values `Debug` hides.
const SECRET_NAMES: [&str; 5] = ["passcode", "token", "login", "authorization", "cookie"];

/// Headers of a SEND frame that are addressed to the server and have no place in the MESSAGE made of it.
const NOT_RELAYED: [&str; 8] =
    ["destination", "message-id", "subscription", "ack", "content-length", "content-type", "receipt", "transaction"];

/// Header entries in the order of the wire, repeated ones included.
///
/// Section "Repeated Header Entries": of repeated entries only the first counts, the others are history.
/// Names are case sensitive (section "STOMP Frames").
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// No entries.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value of the first entry with this name.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.iter().find(|(entry, _)| *entry == name).map(|(_, value)| value)
    }

    /// Appends an entry; it has no effect on [`find`](Self::find) when the name is already there.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// All entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The user-defined entries of a SEND frame, which section "SEND" wants passed on in the MESSAGE frame.
    pub fn user_defined(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(name, _)| !is_reserved(name))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Strips the spaces around all values, as STOMP 1.0 does.
    pub(crate) fn trim_values(&mut self) {
        for (_, value) in &mut self.0 {
            let trimmed = value.trim_matches(' ');
            if trimmed.len() != value.len() {
                *value = trimmed.to_owned();
            }
        }
    }
}

/// Whether the encoder or the server itself sets this header of a MESSAGE.
pub(crate) fn is_reserved(name: &str) -> bool {
    NOT_RELAYED.contains(&name)
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        Self(entries.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value)| {
            let is_secret = SECRET_NAMES.iter().any(|secret| secret.eq_ignore_ascii_case(name));
            (name, if is_secret { "[hidden]" } else { value })
        };
        formatter.debug_map().entries(self.iter().map(shown)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_repeated_entries_counts() {
        let headers: Headers = [("foo", "World"), ("foo", "Hello"), ("Foo", "other")].into_iter().collect();
        assert_eq!(headers.find("foo"), Some("World"));
        assert_eq!(headers.len(), 3);
        assert_eq!(headers.find("FOO"), None, "names are case sensitive");
    }

    #[test]
    fn debug_hides_credentials() {
        let headers: Headers =
            [("passcode", "s3cret"), ("Authorization", "s3cret"), ("token", "s3cret"), ("host", "a")]
                .into_iter()
                .collect();
        let text = format!("{headers:?}");
        assert!(!text.contains("s3cret") && text.contains("\"host\": \"a\""), "{text}");
    }

    #[test]
    fn headers_for_the_server_are_not_relayed() {
        let headers: Headers =
            [("destination", "/a"), ("receipt", "1"), ("cust", "x"), ("content-type", "a/b")].into_iter().collect();
        assert_eq!(headers.user_defined().collect::<Vec<_>>(), [("cust", "x")]);
    }
}
