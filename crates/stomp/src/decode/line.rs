//! Lines of a head.

use crate::escape::Escaping;
use crate::{Command, DecodeError, Version};

/// No command is longer than this; a longer line is not named in errors.
const COMMAND_BYTES_MAX: usize = 16;

/// The error for a line that names no command.
pub(super) fn unknown_command(line: &[u8]) -> DecodeError {
    let is_word = line.len() <= COMMAND_BYTES_MAX && line.iter().all(u8::is_ascii_alphabetic);
    DecodeError::UnknownCommand { command: is_word.then(|| String::from_utf8_lossy(line).into_owned()) }
}

/// Name and value of a header line.
pub(super) fn parse_header(
    line: &[u8],
    number: usize,
    version: Version,
    command: Command,
) -> Result<(String, String), DecodeError> {
    let Ok(text) = str::from_utf8(line) else {
        return Err(DecodeError::InvalidUtf8 { line: number });
    };
    // Section "Augmented BNF" excludes CR from names and values in 1.2 only.
    if version == Version::V1_2 && text.contains('\r') {
        return Err(DecodeError::StrayCarriageReturn);
    }
    // The first colon ends the name. The BNF of 1.1 and 1.2 excludes further colons from values, but 1.0 allows them,
    // many clients never escape them, and no other reading is possible, so they are taken as they are.
    let Some((name, value)) = text.split_once(':') else {
        return Err(DecodeError::MissingColon { line: number });
    };
    if name.is_empty() {
        return Err(DecodeError::EmptyHeaderName { line: number });
    }
    // Section "Value Encoding": 1.2 never trims spaces. The examples of 1.0 pad values ("destination: /queue/a"), and
    // its clients rely on the padding being removed. CONNECT is left alone here, since its version is not known yet.
    let value = if version == Version::V1_0 && command.is_escaped() { value.trim_matches(' ') } else { value };
    let escaping = Escaping::of(version, command);
    match (escaping.unescape(name), escaping.unescape(value)) {
        (Some(name), Some(value)) => Ok((name, value)),
        _ => Err(DecodeError::UndefinedEscape { line: number, version }),
    }
}
