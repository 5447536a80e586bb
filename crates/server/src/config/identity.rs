//! `[identity]`: who may come in.

use std::time::Duration;

use super::reader::Reader;
use super::secret::Secret;
use super::{table, url};

/// The section.
#[derive(Debug, Clone)]
pub(crate) struct IdentityConfig {
    /// Always there once the configuration is complete: development makes one.
    pub(crate) access_token_secret: Option<Secret>,
    pub(crate) access_token_secret_fallback: Option<Secret>,
    pub(crate) access_token_issuer: Option<String>,
    pub(crate) access_token_audience: Option<String>,
    pub(crate) access_token_lifetime: Duration,
    pub(crate) refresh_token_lifetime: Duration,
    /// `None` means `roles`, else `role`.
    pub(crate) roles_claim: Option<String>,
    pub(crate) registration_open: bool,
    pub(crate) oidc: Option<OidcConfig>,
}

/// The issuer whose tokens are taken besides our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OidcConfig {
    /// To the letter as tokens say it.
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) client_id: Option<String>,
}

impl IdentityConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let minute_to_day = Duration::from_mins(1)..=Duration::from_hours(24);
        let hour_to_year = Duration::from_hours(1)..=Duration::from_hours(365 * 24);
        Self {
            access_token_secret: reader.secret(&table::ACCESS_TOKEN_SECRET),
            access_token_secret_fallback: reader.secret(&table::ACCESS_TOKEN_SECRET_FALLBACK),
            access_token_issuer: reader.text(&table::ACCESS_TOKEN_ISSUER),
            access_token_audience: reader.text(&table::ACCESS_TOKEN_AUDIENCE),
            access_token_lifetime: reader.duration(&table::ACCESS_TOKEN_LIFETIME, minute_to_day),
            refresh_token_lifetime: reader.duration(&table::REFRESH_TOKEN_LIFETIME, hour_to_year),
            roles_claim: reader.text(&table::ROLES_CLAIM),
            registration_open: reader.choice(&table::REGISTRATION).as_deref() != Some("closed"),
            oidc: read_oidc(reader),
        }
    }
}

fn read_oidc(reader: &mut Reader) -> Option<OidcConfig> {
    let production = reader.production();
    let issuer = reader.parse(&table::OIDC_ISSUER, |text| url::issuer(text, production));
    let of_domain = reader.parse(&table::AUTH0_DOMAIN, |text| {
        let well_formed = !text.contains('/') && url::base(&format!("https://{text}/"), &["https"]).is_ok();
        let remedy = || "give the bare domain, for example tenant.eu.auth0.com".to_owned();
        if well_formed { Ok(format!("https://{text}/")) } else { Err(remedy()) }
    });
    if let (Some(issuer), Some(of_domain)) = (&issuer, &of_domain)
        && issuer != of_domain
    {
        let problem = format!("means the issuer {of_domain}, but OIDC_ISSUER is {issuer}");
        reader.fault(&table::AUTH0_DOMAIN, problem, "keep one of the two");
    }
    let audience = reader.text(&table::OIDC_AUDIENCE);
    let of_auth0 = reader.text(&table::AUTH0_AUDIENCE);
    if let (Some(audience), Some(of_auth0)) = (&audience, &of_auth0)
        && audience != of_auth0
    {
        let problem = format!("is {of_auth0:?}, but OIDC_AUDIENCE is {audience:?}");
        reader.fault(&table::AUTH0_AUDIENCE, problem, "keep one of the two");
    }
    let by_auth0 = !reader.is_given(&table::OIDC_ISSUER) && reader.is_given(&table::AUTH0_DOMAIN);
    let (issuer_row, audience_row) = if by_auth0 {
        (&table::AUTH0_DOMAIN, &table::AUTH0_AUDIENCE)
    } else {
        (&table::OIDC_ISSUER, &table::OIDC_AUDIENCE)
    };
    let issuer_given = reader.is_given(issuer_row);
    match (issuer.or(of_domain), audience.or(of_auth0)) {
        (Some(issuer), Some(audience)) => {
            Some(OidcConfig { issuer, audience, client_id: reader.text(&table::OIDC_CLIENT_ID) })
        }
        (Some(_), None) => {
            let remedy = format!("set it to the `aud` that the issuer's tokens have, or leave {} out", issuer_row.name);
            reader.fault(audience_row, format!("is missing beside {}", issuer_row.name), remedy);
            None
        }
        // A faulty issuer has its fault already.
        (None, _) if issuer_given => None,
        (None, _) => {
            for row in [&table::OIDC_AUDIENCE, &table::AUTH0_AUDIENCE, &table::OIDC_CLIENT_ID] {
                if reader.is_given(row) {
                    reader.fault(row, "is set without an issuer", "set OIDC_ISSUER or AUTH0_DOMAIN, or leave it out");
                }
            }
            None
        }
    }
}
