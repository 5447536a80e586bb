//! Whether a token is genuine, and what follows from it.

use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use mockly_domain::{Timestamp, UserSource};
use serde_json::{Map, Value};

use super::Identity;
use super::access_token::OWN_ISSUER;
use super::claims::Claims;
use super::profile::Profile;
use super::refusal::invalid;
use super::verified::Verified;
use crate::ServiceError;

/// The longest token that is looked at; headers of popular servers end at 8 KiB too.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// Where another service's token may have the user's id.
const USER_ID_CLAIMS: &[&str] = &["sub", "_id", "userId"];

impl Identity {
    /// Checks a token.
    ///
    /// The algorithm in its header only chooses which of our keys it is held against; each key is used with its own
    /// algorithm and no other (RFC 8725, section 3.1), so that a public key can never serve as an HMAC secret.
    ///
    /// # Errors
    /// `invalid-token`, `token-expired`, or `unavailable` where the issuer's keys cannot be had.
    pub(super) async fn verify(&self, token: &str, now: Timestamp) -> Result<Verified, ServiceError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(invalid(format!("The token is longer than {TOKEN_BYTES_MAX} bytes.")));
        }
        let header = decode_header(token)
            .map_err(|_malformed| invalid("The token is no JWT with a known `alg`; POST /api/auth/login gives one."))?;
        // RFC 7515, section 4.1.11: what must be understood and is not makes the token invalid. We understand nothing.
        if header.crit.is_some() {
            return Err(invalid("The token has a `crit` header, which is not supported."));
        }
        match (header.alg, &self.oidc) {
            (Algorithm::HS256, _) => self.verify_shared(token, now),
            (Algorithm::RS256 | Algorithm::ES256, Some(_)) => self.verify_oidc(token, &header, now).await,
            (Algorithm::RS256 | Algorithm::ES256, None) => {
                Err(invalid("The token comes from an OIDC issuer, and none is configured here."))
            }
            _ => Err(invalid("The token's `alg` is not accepted; HS256, RS256 and ES256 are.")),
        }
    }

    fn verify_shared(&self, token: &str, now: Timestamp) -> Result<Verified, ServiceError> {
        let keys = self.tokens.decoding_keys().iter().map(|key| (key, Algorithm::HS256));
        let claims = check_signatures(token, keys)
            .ok_or_else(|| invalid("The token's signature is not valid; sign in again for a new one."))?;
        let own = claims.is_from(OWN_ISSUER);
        if let Some(issuer) = &self.settings.access_token_issuer
            && !own
            && claims.has("iss")
            && !claims.is_from(issuer)
        {
            return Err(invalid("The token's `iss` is not the configured one."));
        }
        if let Some(audience) = &self.settings.access_token_audience
            && claims.has("aud")
            && !claims.is_for(audience)
        {
            return Err(invalid("The token's `aud` does not have the configured one."));
        }
        let (expires_at, issued_at) = claims.check_times(now)?;
        Ok(Verified {
            user_id: claims.user_id(USER_ID_CLAIMS)?,
            source: UserSource::Secret,
            profile: (!own).then(|| self.profile(&claims, issued_at)),
            expires_at,
        })
    }

    async fn verify_oidc(&self, token: &str, header: &Header, now: Timestamp) -> Result<Verified, ServiceError> {
        let Some(oidc) = &self.oidc else { return Err(invalid("No OIDC issuer is configured here.")) };
        // Looked at before it is believed, so that a token that can never pass does not make us ask the issuer.
        let unproven = insecure_decode_claims::<Map<String, Value>>(token)
            .map_err(|_malformed| invalid("The token's claims are no JSON object."))?;
        check_oidc(&Claims::new(unproven), oidc.settings(), now)?;

        let keys = oidc.keys(header.kid.as_deref(), header.alg, now).await?;
        let keys = keys.iter().map(|key| (&key.decoding, key.algorithm));
        let claims = check_signatures(token, keys).ok_or_else(|| {
            invalid("The token's signature does not fit the issuer's key; get a new token from the issuer.")
        })?;
        let (expires_at, issued_at) = check_oidc(&claims, oidc.settings(), now)?;
        Ok(Verified {
            // Claims other than `sub` are not always the issuer's own to give.
            user_id: claims.user_id(&["sub"])?,
            source: UserSource::Oidc,
            profile: Some(self.profile(&claims, issued_at)),
            expires_at,
        })
    }

    fn profile(&self, claims: &Claims, issued_at: Option<Timestamp>) -> Profile {
        Profile::read(claims, self.settings.roles_claim.as_deref(), issued_at)
    }
}

fn check_oidc(
    claims: &Claims,
    settings: &super::OidcSettings,
    now: Timestamp,
) -> Result<(Timestamp, Option<Timestamp>), ServiceError> {
    if !claims.is_from(&settings.issuer) {
        return Err(invalid("The token's `iss` is not the configured OIDC issuer."));
    }
    if !claims.is_for(&settings.audience) {
        return Err(invalid(
            "The token's `aud` does not have the configured audience; ask the issuer for one that has.",
        ));
    }
    claims.check_times(now)
}

/// The claims of a token whose signature fits one of the keys. Nothing else is checked: the library compares times with
/// the machine's clock, not with `Clock`.
fn check_signatures<'k>(token: &str, mut keys: impl Iterator<Item = (&'k DecodingKey, Algorithm)>) -> Option<Claims> {
    keys.find_map(|(key, algorithm)| {
        let mut validation = Validation::new(algorithm);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        decode::<Map<String, Value>>(token, key, &validation).ok().map(|verified| Claims::new(verified.claims))
    })
}
