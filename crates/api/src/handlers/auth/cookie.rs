//! The cookie that carries a refresh token: no script reads it, no other site's request sends it.

use actix_web::HttpRequest;
use actix_web::cookie::time::OffsetDateTime;
use actix_web::cookie::{Cookie, SameSite};
use mockly_domain::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::origin::check_origin;
use crate::settings::HttpSettings;

const NAME: &str = "mockly_refresh";

/// The refresh token where it does not come as the cookie.
#[derive(Default, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefreshTokenRequest {
    /// The token; the cookie's where left out.
    #[schema(min_length = 1, max_length = 1024)]
    #[validate(length(min = 1, max = 1024, message = "must have 1 to 1024 characters"))]
    refresh_token: Option<String>,
}

impl RefreshTokenRequest {
    /// The body's token, else the cookie's where it counts.
    pub(super) fn token(self, request: &HttpRequest, settings: &HttpSettings) -> Option<String> {
        self.refresh_token.or_else(|| {
            let cookie = request.cookie(NAME).filter(|_| counts(request, settings));
            cookie.map(|cookie| cookie.value().to_owned())
        })
    }
}

/// Whether the cookie of a request counts. It comes by itself, and `SameSite` lets it come from pages of neighbouring
/// subdomains too: only a page that may call uses it, or has it taken away.
pub(super) fn counts(request: &HttpRequest, settings: &HttpSettings) -> bool {
    check_origin(request, settings).is_ok()
}

/// The cookie of a new token.
pub(super) fn of_token(token: &str, expires_at: Timestamp, settings: &HttpSettings) -> Cookie<'static> {
    let mut cookie = empty(token.to_owned(), settings);
    if let Ok(expires) = OffsetDateTime::from_unix_timestamp(expires_at.as_secs()) {
        cookie.set_expires(expires);
    }
    cookie
}

/// What takes the cookie away.
pub(super) fn removal(settings: &HttpSettings) -> Cookie<'static> {
    let mut cookie = empty(String::new(), settings);
    cookie.make_removal();
    cookie
}

fn empty(value: String, settings: &HttpSettings) -> Cookie<'static> {
    Cookie::build(NAME, value)
        .path("/api/auth")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(settings.is_https())
        .finish()
}
