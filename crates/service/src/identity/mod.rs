//! Who somebody is: tokens, accounts, tickets, and the users that follow from them.
//!
//! Two kinds of tokens come in: HS256 ones with our secret (own accounts, and services that share it) and those of one
//! OIDC issuer. `verify` decides what a token says, `profile` what follows from it for the user's row, and the
//! operations, one a file, do it.
//!
//! Secrets that we hand out (refresh tokens, tickets) are 32 random bytes, stored as SHA-256 only and found by it, so
//! that nothing here compares a secret with a secret byte by byte.

mod access_token;
mod account;
mod change_password;
mod claims;
mod oidc;
mod password;
mod profile;
mod refusal;
mod settings;
mod signed_in;
mod verified;
mod verify;

mod authenticate;
mod create_account;
mod find_users;
mod issue_ticket;
mod put_user;
mod redeem_ticket;
mod refresh;
mod register;
mod sign_in;
mod sign_out;
mod update_profile;

pub(crate) use account::{is_email, normal_email};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest, Sha256};

pub use change_password::ChangePassword;
pub use issue_ticket::Ticket;
pub use put_user::PutUser;
pub use register::Register;
pub use settings::{IdentitySettings, OidcSettings, Registration};
pub use signed_in::SignedIn;
pub use update_profile::ProfilePatch;

use crate::{IdSource, ServiceError};
use access_token::AccessTokens;
use oidc::OidcIssuer;
use password::Passwords;

/// What the key of links is derived with.
const LINKS: &str = "mockly content link 1";

/// The keys and the hasher, made once from the settings.
pub(crate) struct Identity {
    tokens: AccessTokens,
    oidc: Option<OidcIssuer>,
    passwords: Passwords,
    links: Vec<Hmac<Sha256>>,
    settings: IdentitySettings,
}

impl Identity {
    /// Makes the keys ready. Nothing is fetched yet: the issuer is first asked when its first token comes.
    ///
    /// The process must have a rustls provider by then, which the server's `main` installs.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] where the secret is empty or the issuer is no URL that may be asked.
    pub(crate) fn new(settings: &IdentitySettings) -> Result<Self, ServiceError> {
        Ok(Self {
            tokens: AccessTokens::new(settings)?,
            oidc: settings.oidc.as_ref().map(OidcIssuer::new).transpose()?,
            passwords: Passwords::new(),
            links: settings.secrets().map(link_key).collect::<Result<_, _>>()?,
            settings: settings.clone(),
        })
    }

    /// What links to files may be signed with; the first one signs.
    pub(crate) fn link_macs(&self) -> impl Iterator<Item = Hmac<Sha256>> {
        self.links.iter().cloned()
    }
}

/// The key of links follows from the secret of the tokens, so that neither can pass for the other.
fn link_key(secret: &[u8]) -> Result<Hmac<Sha256>, ServiceError> {
    keyed(&keyed(secret)?.chain_update(LINKS).finalize().into_bytes())
}

fn keyed(key: &[u8]) -> Result<Hmac<Sha256>, ServiceError> {
    Hmac::new_from_slice(key).map_err(|error| ServiceError::Internal(format!("a key cannot be derived: {error}")))
}

/// A secret to hand out, and what is stored of it.
pub(crate) struct Handed {
    pub(crate) text: String,
    pub(crate) hash: [u8; 32],
}

impl Handed {
    pub(crate) fn new(ids: &dyn IdSource) -> Self {
        let text = URL_SAFE_NO_PAD.encode(ids.secret());
        let hash = hash(&text);
        Self { text, hash }
    }
}

/// Characters of a secret that we hand out: 32 bytes in unpadded Base64.
const HANDED_CHARS: usize = 43;

/// What is stored of a secret that somebody presents; `None` where it cannot be one of ours.
pub(crate) fn presented(text: &str) -> Option<[u8; 32]> {
    (text.len() == HANDED_CHARS).then(|| hash(text))
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}
