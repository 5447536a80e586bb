//! `POST /api/sessions/{id}/artifacts/{aid}/content-link`.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use mockly_domain::{ArtifactId, ErrorCode, SessionId, Timestamp, UserId};
use sha2::Sha256;

use crate::{Principal, ServiceError, Services};

/// How long a link can be used.
const LIFE: Duration = Duration::from_hours(1);

/// A link to the bytes of a file; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ContentLink {
    /// Where the bytes are, for whoever has it.
    pub url: String,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

impl fmt::Debug for ContentLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentLink").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl Services {
    /// Makes a link that stands for the caller, for the bytes of this one file and for an hour: what plays or saves a
    /// file by itself can send no header. Whether the caller still may is asked at each use.
    ///
    /// # Errors
    /// As [`Services::read_artifact`].
    pub async fn link_artifact(
        &self,
        caller: &Principal,
        session_id: SessionId,
        id: ArtifactId,
    ) -> Result<ContentLink, ServiceError> {
        let file = self.readable_artifact(caller, session_id, id).await?;
        let expires_at = Timestamp::from_secs(self.now().plus(LIFE).as_secs());
        let mac = self.link_macs(id, caller.user_id(), expires_at).next();
        let mac = mac.ok_or_else(|| ServiceError::Internal("there is no key for links".to_owned()))?;
        let signature = mac.finalize().into_bytes();
        let user = URL_SAFE_NO_PAD.encode(caller.user_id().as_str());
        let link = format!("{}.{user}.{}", expires_at.as_secs(), URL_SAFE_NO_PAD.encode(signature));
        let url = self.inner.settings.public_url.resolve(&format!("{}?link={link}", file.storage_url));
        Ok(ContentLink { url, expires_at })
    }

    /// For whom the `link` of an address of this file's bytes stands. What they may is not asked here.
    ///
    /// # Errors
    /// `invalid-link`.
    pub async fn redeem_link(&self, id: ArtifactId, link: &str) -> Result<Principal, ServiceError> {
        let (user_id, expires_at, signature) = parse(link).ok_or_else(invalid)?;
        let is_signed = self.link_macs(id, &user_id, expires_at).any(|mac| mac.verify_slice(&signature).is_ok());
        if !is_signed || self.now() >= expires_at {
            return Err(invalid());
        }
        let user = self.db().find_user(&user_id).await?.ok_or_else(invalid)?;
        Ok(Principal { user, expires_at })
    }

    /// Over everything that a link grants. The user's id goes last, since it alone has no fixed form.
    fn link_macs(&self, id: ArtifactId, user: &UserId, expires_at: Timestamp) -> impl Iterator<Item = Hmac<Sha256>> {
        let granted = format!("{id}.{}.{user}", expires_at.as_secs());
        self.inner.identity.link_macs().map(move |mac| mac.chain_update(&granted))
    }
}

fn parse(link: &str) -> Option<(UserId, Timestamp, Vec<u8>)> {
    let mut parts = link.splitn(3, '.');
    let expires_at = Timestamp::from_secs(parts.next()?.parse().ok()?);
    let user = String::from_utf8(URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok()?;
    let signature = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
    Some((UserId::new(user).ok()?, expires_at, signature))
}

fn invalid() -> ServiceError {
    ServiceError::refused(
        ErrorCode::InvalidLink,
        "The link is not of this file, or older than an hour; get a new one from POST \
         /api/sessions/{id}/artifacts/{artifactId}/content-link.",
    )
}
