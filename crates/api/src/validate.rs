//! Rules of fields that `validator` has no attribute for, and its faults as ours.

use std::borrow::Cow;

use mockly_domain::FieldError;
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

fn fault(code: &'static str, message: &'static str) -> ValidationError {
    ValidationError::new(code).with_message(Cow::Borrowed(message))
}

/// One line that says something: PostgreSQL stores no NUL, and no list shows a line break well.
pub(crate) fn single_line(text: &str) -> Result<(), ValidationError> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(fault("single_line", "must be one line of text, not only spaces"));
    }
    Ok(())
}

/// A stable name for programs.
pub(crate) fn kebab_case(text: &str) -> Result<(), ValidationError> {
    let well_formed = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !well_formed || !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(fault("kebab_case", "must be a name of a-z, 0-9 and - that begins with a letter"));
    }
    Ok(())
}

/// Text of any number of lines.
pub(crate) fn many_lines(text: &str) -> Result<(), ValidationError> {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(fault("many_lines", "must have no control characters but line breaks and tabs"));
    }
    Ok(())
}

/// What can be the name of an IANA time zone; whether it is one, the service knows.
pub(crate) fn zone_name(text: &str) -> Result<(), ValidationError> {
    let well_formed = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
    if text.is_empty() || !well_formed {
        return Err(fault("zone_name", "must be an IANA time zone such as Europe/Berlin"));
    }
    Ok(())
}

/// An absolute address that a browser can load a picture from.
pub(crate) fn web_url(text: &str) -> Result<(), ValidationError> {
    use validator::ValidateUrl as _;
    let web = text.starts_with("https://") || text.starts_with("http://");
    if !web || !text.validate_url() || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(fault("web_url", "must be an absolute http or https URL"));
    }
    Ok(())
}

/// The faults of a body, in dots and in the order of their fields.
pub(crate) fn field_errors(faults: &ValidationErrors) -> Vec<FieldError> {
    let mut fields = Vec::new();
    gather(faults, "", &mut fields);
    fields.sort_by(|a, b| a.field.cmp(&b.field));
    fields
}

fn gather(faults: &ValidationErrors, prefix: &str, fields: &mut Vec<FieldError>) {
    for (name, kind) in faults.errors() {
        let path = format!("{prefix}{}", camel_case(name));
        match kind {
            ValidationErrorsKind::Field(found) => fields.extend(found.iter().map(|fault| {
                let message = fault.message.clone().unwrap_or(Cow::Borrowed("is not valid"));
                FieldError::new(path.as_str(), message)
            })),
            ValidationErrorsKind::Struct(inner) => gather(inner, &format!("{path}."), fields),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    gather(inner, &format!("{path}.{index}."), fields);
                }
            }
        }
    }
}

/// A field's name on the wire; `validator` reports the one in Rust.
fn camel_case(name: &str) -> String {
    let mut upper = false;
    let mut wire = String::with_capacity(name.len());
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            wire.extend(c.to_uppercase());
        } else {
            wire.push(c);
        }
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_rules() {
        assert!(single_line("Ada & Grace ✓").is_ok() && single_line(" ").is_err() && single_line("a\nb").is_err());
        assert!(many_lines("a\nb\t").is_ok() && many_lines("nul\0").is_err());
        assert!(zone_name("America/Argentina/Buenos_Aires").is_ok() && zone_name("Etc/GMT+5").is_ok());
        assert!(zone_name("").is_err() && zone_name("Europe Berlin").is_err());
        assert!(web_url("https://cdn.example/a.png").is_ok());
        assert!(web_url("javascript:alert(1)").is_err() && web_url("https://a b").is_err());
        assert_eq!(camel_case("max_participants"), "maxParticipants");
    }
}
