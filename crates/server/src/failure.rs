//! Why a command ends without success.

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use crate::config::Faults;

/// Why a command ends without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line or the configuration is wrong: exit code 2.
    Usage(String),
    /// Something else went wrong: exit code 1. The text says what was tried and what to do.
    Run(String),
}

impl Failure {
    /// A failure with everything that led to it.
    pub(crate) fn because(what: &str, error: &dyn Error) -> Self {
        Self::Run(format!("{what}: {}", chain(error)))
    }

    /// Tells it on standard error.
    pub(crate) fn report(&self) -> ExitCode {
        let (text, code) = match self {
            Self::Usage(text) => (text, 2),
            Self::Run(text) => (text, 1),
        };
        // Nobody is left to tell where standard error is closed.
        let _ = writeln!(std::io::stderr().lock(), "mockly: {text}");
        ExitCode::from(code)
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self::Usage(faults.to_string())
    }
}

/// The error and its causes; one that only repeats its cause is left out.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
