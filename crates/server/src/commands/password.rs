//! A password for an account: one that comes by standard input, or one that is made and shown once.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use mockly_service::{IdSource, SystemIds};

use crate::failure::Failure;

/// Longer than any password that is accepted: what is read is bounded.
const LINE_BYTES_MAX: u64 = 4096;

/// Where a password comes from.
#[derive(Debug, clap::Args)]
pub(crate) struct PasswordArgs {
    /// Read the password from the first line of standard input.
    #[arg(long)]
    password_stdin: bool,
}

/// A password, and what to tell of it.
pub(super) struct Password {
    text: String,
    is_made: bool,
}

impl Password {
    pub(super) fn get(args: &PasswordArgs) -> Result<Self, Failure> {
        if args.password_stdin {
            Ok(Self { text: read()?, is_made: false })
        } else {
            Ok(Self { text: make(&SystemIds), is_made: true })
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A line with the password where nobody knows it yet.
    pub(super) fn told(&self) -> String {
        if self.is_made { format!("Password, shown this once: {}\n", self.text) } else { String::new() }
    }
}

/// The first line of standard input. A password in an argument would stand in the list of processes.
fn read() -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        // Typing it here would show it; a pipe from a password tool does not.
        return Err(Failure::Usage("--password-stdin wants the password from a pipe or a file".to_owned()));
    }
    let mut line = String::new();
    let read = io::stdin().lock().take(LINE_BYTES_MAX).read_line(&mut line);
    read.map_err(|error| Failure::because("the password cannot be read", &error))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        Err(Failure::Usage("standard input has no password".to_owned()))
    } else {
        Ok(password.to_owned())
    }
}

/// 120 random bits in letters that cannot be taken for one another.
fn make(ids: &dyn IdSource) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letters = ids.secret().into_iter().take(24);
    letters.filter_map(|byte| LETTERS.get(usize::from(byte % 32)).copied().map(char::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_passwords_are_long_and_differ() {
        let (one, two) = (make(&SystemIds), make(&SystemIds));
        assert_eq!(one.len(), 24);
        assert_ne!(one, two);
    }
}
