//! The fields of an account, what each must look like, and its lock.

use mockly_data::{Credential, Store, UnitOfWork};
use mockly_domain::{ErrorCode, FieldError, User};

use crate::ServiceError;
use crate::error::Refused;

/// RFC 5321, section 4.5.3.1.3: a path has 256 octets, two of them angle brackets.
const EMAIL_BYTES_MAX: usize = 254;
/// The part before the `@`, by the same section.
const LOCAL_PART_BYTES_MAX: usize = 64;
const PASSWORD_CHARS_MIN: usize = 8;
/// Longer ones would only cost hashing time.
pub(super) const PASSWORD_CHARS_MAX: usize = 128;
/// The longest name that is kept, in characters; longer ones are cut.
pub(super) const NAME_CHARS_MAX: usize = 120;
const URL_BYTES_MAX: usize = 2048;

/// What an account is made of, checked and in the form in which it is stored.
pub(super) struct AccountFields {
    pub(super) email: String,
    pub(super) password: String,
    pub(super) display_name: String,
}

impl AccountFields {
    /// Checks all fields, so that one answer names every fault.
    ///
    /// # Errors
    /// `validation-failed`.
    pub(super) fn check(email: &str, password: &str, display_name: &str) -> Result<Self, ServiceError> {
        let email = normal_email(email);
        let mut faults = Vec::new();
        if !is_email(&email) {
            faults.push(FieldError::new("email", "must be an e-mail address of at most 254 characters"));
        }
        faults.extend(check_password("password", password).err());
        let display_name = check_name(display_name).unwrap_or_else(|fault| {
            faults.push(fault);
            String::new()
        });
        refuse(faults)?;
        Ok(Self { email, password: password.to_owned(), display_name })
    }
}

/// Checks a password to be, which a request has in `field`.
pub(super) fn check_password(field: &str, password: &str) -> Result<(), FieldError> {
    let length = password.chars().count();
    if (PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&length) {
        Ok(())
    } else {
        Err(FieldError::new(field, "must have 8 to 128 characters"))
    }
}

/// The one spelling of an address among own accounts.
pub(crate) fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Whether a text looks like an address. Whether mail arrives there only mail can tell, so this is short.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let plain = |part: &str| !part.chars().any(|c| c.is_control() || c.is_whitespace() || "@<>,;:\"\\()[]".contains(c));
    let labelled = host.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    text.len() <= EMAIL_BYTES_MAX
        && (1..=LOCAL_PART_BYTES_MAX).contains(&local.len())
        && plain(local)
        && plain(host)
        && labelled
}

/// Whether a text is a URL that a page may load a picture from.
pub(super) fn is_web_url(text: &str) -> bool {
    text.len() <= URL_BYTES_MAX
        && reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// A name as it is stored, trimmed.
pub(super) fn check_name(name: &str) -> Result<String, FieldError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(FieldError::new("displayName", "must have 1 to 120 characters and no control characters"));
    }
    Ok(name.to_owned())
}

/// Refuses where there are faults.
pub(super) fn refuse(faults: Vec<FieldError>) -> Result<(), ServiceError> {
    if faults.is_empty() { Ok(()) } else { Err(faulty(faults)) }
}

/// What these faults are answered with.
pub(super) fn faulty(faults: Vec<FieldError>) -> ServiceError {
    let said: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.field, fault.message)).collect();
    let mut refused = Refused::new(ErrorCode::ValidationFailed, format!("{}.", said.join("; ")));
    refused.fields = faults;
    ServiceError::Refused(Box::new(refused))
}

/// Locks the account whose password was held against the hash of `credential`; `None` where it has another password since,
/// or is gone.
pub(super) async fn lock_verified(work: &UnitOfWork, credential: &Credential) -> Result<Option<User>, ServiceError> {
    let Some(user) = work.users().lock(&credential.user_id).await? else { return Ok(None) };
    let now_is = work.credentials().find(&credential.user_id).await?;
    Ok(now_is.is_some_and(|now_is| now_is.password_hash == credential.password_hash).then_some(user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_texts() {
        for text in ["a@b", "ada.l+x@mail.example.org", "ä@bücher.example", &format!("a@{}", "b".repeat(252))] {
            assert!(is_email(text), "{text}");
        }
        for text in ["", "@", "a@", "@b", "a b@c", "a@b c", "a@b..c", "a@.c", "a@-b", "a@@b", "<a@b>", "a@b\n", "a,b@c"]
        {
            assert!(!is_email(text), "{text}");
        }
        assert!(!is_email(&format!("a@{}", "b".repeat(253))));
        assert!(!is_email(&format!("{}@b", "a".repeat(65))));
    }

    #[test]
    fn only_web_urls_are_pictures() {
        for (text, web) in [
            ("https://example.org/a.png?x=1", true),
            ("http://localhost/a", true),
            ("javascript:alert(1)", false),
            ("data:image/png;base64,AA", false),
            ("/a.png", false),
            ("", false),
        ] {
            assert_eq!(is_web_url(text), web, "{text}");
        }
    }

    #[test]
    fn one_answer_names_every_fault() {
        let Err(ServiceError::Refused(refused)) = AccountFields::check("x", "short", "\n") else {
            panic!("not refused")
        };
        let fields: Vec<&str> = refused.fields.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!((refused.code, fields), (ErrorCode::ValidationFailed, vec!["email", "password", "displayName"]));
        let fields = AccountFields::check(" Ada@Example.ORG ", "12345678", " Ada ").unwrap();
        assert_eq!((fields.email.as_str(), fields.display_name.as_str()), ("ada@example.org", "Ada"));
    }
}
