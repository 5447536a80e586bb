//! What a token says about its user.

use mockly_domain::{Timestamp, User, UserRole};
use serde_json::Value;

use super::account::{NAME_CHARS_MAX, is_email, is_web_url};
use super::claims::Claims;

/// What a token says about its user. What it does not say is `None` and leaves the row as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Profile {
    display_name: Option<String>,
    email: Option<String>,
    email_verified: bool,
    avatar_url: Option<String>,
    roles: Option<Vec<UserRole>>,
    issued_at: Option<Timestamp>,
}

impl Profile {
    /// Reads a profile. Claims of a wrong form count as absent: a picture that is no URL must not lock its user out.
    pub(super) fn read(claims: &Claims, roles_claim: Option<&str>, issued_at: Option<Timestamp>) -> Self {
        let email = claims.text("email").map(str::trim).filter(|email| is_email(email));
        let display_name = ["name", "nickname", "preferred_username"]
            .iter()
            .filter_map(|claim| claims.text(claim))
            .chain(email.and_then(|email| email.split('@').next()))
            .map(clean_name)
            .find(|name| !name.is_empty());
        let roles = match roles_claim {
            Some(name) => claims.get(name),
            None => claims.get("roles").or_else(|| claims.get("role")),
        };
        Self {
            display_name,
            email: email.map(str::to_owned),
            email_verified: claims.get("email_verified") == Some(&Value::Bool(true)),
            avatar_url: claims.text("picture").filter(|url| is_web_url(url)).map(str::to_owned),
            roles: roles.and_then(read_roles),
            issued_at,
        }
    }

    /// Whether this is newer than what the user's row was taken from. A token without `iat` has no place in the order,
    /// so it counts only until one with `iat` has been.
    fn outranks(&self, user: &User) -> bool {
        match (self.issued_at, user.profile_issued_at) {
            (Some(ours), Some(known)) => ours > known,
            (_, None) => true,
            (None, Some(_)) => false,
        }
    }

    pub(super) fn apply(&self, user: &mut User) {
        if !self.outranks(user) {
            return;
        }
        if let Some(name) = &self.display_name {
            user.display_name.clone_from(name);
        }
        if self.email.is_some() {
            user.email.clone_from(&self.email);
            user.email_verified = self.email_verified;
        }
        if self.avatar_url.is_some() {
            user.avatar_url.clone_from(&self.avatar_url);
        }
        if let Some(roles) = &self.roles {
            user.roles.clone_from(roles);
        }
        user.profile_issued_at = self.issued_at;
    }
}

fn clean_name(name: &str) -> String {
    let printable: String = name.chars().filter(|character| !character.is_control()).collect();
    let cut: String = printable.trim().chars().take(NAME_CHARS_MAX).collect();
    cut.trim_end().to_owned()
}

/// The roles in a text (one, or several between commas or spaces) or a list; `None` where the claim is neither.
fn read_roles(claim: &Value) -> Option<Vec<UserRole>> {
    let mut roles: Vec<UserRole> = match claim {
        Value::String(text) => text.split([',', ' ']).filter_map(read_role).collect(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).filter_map(read_role).collect(),
        _ => return None,
    };
    roles.sort_unstable();
    roles.dedup();
    Some(roles)
}

/// A role that counts; `MEMBER` is everyone's and not stored.
fn read_role(name: &str) -> Option<UserRole> {
    name.trim().parse().ok().filter(|role| *role != UserRole::Member)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(claims: &Value, roles_claim: Option<&str>) -> Profile {
        Profile::read(&Claims::new(claims.as_object().unwrap().clone()), roles_claim, None)
    }

    #[test]
    fn the_name_is_the_first_that_shows_anything() {
        for (claims, name) in [
            (json!({ "name": " Ada  L. ", "nickname": "ada" }), Some("Ada  L.")),
            (json!({ "name": " \u{0} ", "nickname": "ada" }), Some("ada")),
            (json!({ "name": 7, "preferred_username": "al" }), Some("al")),
            (json!({ "email": "ada@example.org" }), Some("ada")),
            (json!({ "name": "A\u{1b}da\n" }), Some("Ada")),
            (json!({ "email": "no address" }), None),
            (json!({}), None),
        ] {
            assert_eq!(read(&claims, None).display_name.as_deref(), name, "{claims}");
        }
        assert_eq!(read(&json!({ "name": "ä".repeat(200) }), None).display_name, Some("ä".repeat(120)));
    }

    #[test]
    fn roles_count_in_any_case_and_form() {
        let (teacher, mentor, admin) = (UserRole::Teacher, UserRole::Mentor, UserRole::Admin);
        for (claims, claim, roles) in [
            (json!({ "roles": ["Admin", "TEACHER", "teacher"] }), None, Some(vec![teacher, admin])),
            (json!({ "role": "mentor" }), None, Some(vec![mentor])),
            (json!({ "role": "mentor,admin" }), None, Some(vec![mentor, admin])),
            (json!({ "roles": [], "role": "admin" }), None, Some(vec![])),
            (json!({ "roles": ["member", "owner", 7] }), None, Some(vec![])),
            (json!({ "roles": { "admin": true } }), None, None),
            (json!({ "roles": ["admin"] }), Some("https://example.org/roles"), None),
            (json!({ "https://example.org/roles": ["admin"] }), Some("https://example.org/roles"), Some(vec![admin])),
            (json!({}), None, None),
        ] {
            assert_eq!(read(&claims, claim).roles, roles, "{claims}");
        }
    }

    #[test]
    fn pictures_and_addresses_of_a_wrong_form_count_as_absent() {
        let profile = read(&json!({ "picture": "javascript:alert(1)", "email": "x" }), None);
        assert_eq!((profile.avatar_url, profile.email), (None, None));
        let profile = read(&json!({ "picture": "https://example.org/a.png" }), None);
        assert_eq!(profile.avatar_url.as_deref(), Some("https://example.org/a.png"));
    }
}
