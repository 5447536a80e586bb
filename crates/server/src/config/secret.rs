//! Values that are shown nowhere, and what makes one weak.

use std::collections::BTreeSet;
use std::fmt;

/// A secret; neither `Debug` nor `Display` shows it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for whoever signs or verifies with it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// HS256 wants a key as long as its hash (RFC 7518, section 3.2).
const BYTES_MIN: usize = 32;

/// 32 random hexadecimal digits have about 14 different ones, and fewer than 8 hardly ever.
const DISTINCT_BYTES_MIN: usize = 8;

/// Parts of the texts that examples put where a secret belongs. A plain "secret" or "password" is not among them: people
/// put such words into long random texts too.
const EXAMPLE_TEXTS: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "change-this",
    "change_this",
    "change-in-production",
    "example",
    "placeholder",
    "replace-",
    "replace_",
    "insecure",
    "your-",
    "your_",
    "supersecret",
    "super-secret",
    "super_secret",
    "secretsecret",
    "passwordpassword",
    "devkey",
    "1234567890",
    "0123456789",
    "abcdefgh",
];

/// Why a secret is too weak for production, as the end of "it …"; `None` where it is not.
pub(crate) fn weakness(secret: &str) -> Option<String> {
    if secret.len() < BYTES_MIN {
        return Some(format!("has only {} of at least {BYTES_MIN} bytes", secret.len()));
    }
    let distinct = secret.bytes().collect::<BTreeSet<_>>().len();
    if distinct < DISTINCT_BYTES_MIN {
        return Some(format!("repeats itself: only {distinct} different characters"));
    }
    let lower = secret.to_lowercase();
    EXAMPLE_TEXTS.iter().any(|text| lower.contains(text)).then(|| "looks like the text of an example".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_texts_are_strong() {
        for secret in
            ["9f2b7c0d4e8a11365f0c9be27d4418a3", "vN3l0Zq8r1xT5uYw7KdPbM2cGhJfLsA9", "Zr+8mJ2/qK1wX9uT5vB7nC3dF6gH0lPs"]
        {
            assert_eq!(weakness(secret), None, "{secret}");
        }
    }

    #[test]
    fn short_repeating_and_example_texts_are_weak() {
        for secret in [
            "",
            "9f2b7c0d4e8a11365f0c9be27d4418a",
            "abababababababababababababababababab",
            "your-256-bit-key-goes-here-9f2b7c0d4e8a",
            "this-is-my-SUPER-SECRET-text-for-the-server",
            "01234567890123456789012345678901",
        ] {
            assert!(weakness(secret).is_some(), "{secret}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hush".to_owned())), "Secret(..)");
    }
}
