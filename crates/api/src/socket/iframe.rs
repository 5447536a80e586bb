//! The page by which pages of other origins reach SockJS where a browser lets nothing else through ("`IframePage`").
//!
//! It runs sockjs-client, so whoever runs the server says where that script is; until then there is no page, and no host
//! but this one is asked for anything.

use std::time::{Duration, UNIX_EPOCH};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mockly_domain::Timestamp;
use mockly_sockjs::headers;
use sha2::{Digest as _, Sha256};

use crate::extract::precondition;
use crate::settings::{AllowedOrigins, HttpSettings};

/// The script of the page; the spec fixes every byte of it and of the page.
const BOOTSTRAP: &str = "\n    document.domain = document.domain;\n    SockJS.bootstrap_iframe();\n  ";

/// What the policy of the page has more than that of `htmlfile`: that transport is a frame in the page.
const OWN: &str = "; connect-src 'self'; frame-src 'self'";

/// When what may be kept for a year expires.
pub(crate) fn in_a_year(now: Timestamp) -> header::HttpDate {
    let now = UNIX_EPOCH + Duration::from_secs(u64::try_from(now.as_secs()).unwrap_or_default());
    header::HttpDate::from(now + Duration::from_secs(headers::CACHE_SECONDS))
}

/// The page, made once.
pub(crate) struct IframePage {
    html: String,
    /// SHA-256 of the page, in hexadecimal.
    digest: String,
    /// The sources of its policy.
    scripts: String,
}

impl IframePage {
    /// The page that runs the script at this address: of this server (`/…`) or of another.
    pub(crate) fn new(script_url: &str) -> Self {
        let html = format!(
            r#"<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="{script_url}"></script>
  <script>{BOOTSTRAP}</script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>
"#
        );
        let source = if script_url.starts_with('/') { "'self'" } else { script_url };
        let scripts = format!("{source} 'sha256-{}'", STANDARD.encode(Sha256::digest(BOOTSTRAP)));
        let digest = Sha256::digest(&html).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        Self { html, digest, scripts }
    }

    pub(crate) fn serve(&self, request: &HttpRequest, now: Timestamp, settings: &HttpSettings) -> HttpResponse {
        let known = precondition::is_known_tag(request.headers(), &self.digest).unwrap_or(false);
        let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header((header::ETAG, format!("\"{}\"", self.digest)))
            .insert_header((header::CACHE_CONTROL, headers::CACHE_FOR_A_YEAR))
            .insert_header((header::EXPIRES, in_a_year(now)));
        if known {
            return response.finish();
        }
        response
            .insert_header((header::CONTENT_TYPE, headers::HTML))
            .insert_header((header::CONTENT_SECURITY_POLICY, policy(settings, &self.scripts) + OWN))
            .insert_header(APART[0])
            .insert_header(APART[1])
            .body(self.html.clone())
    }
}

/// What keeps pages of neighbouring hosts away from a page of ours that runs scripts: they share no window with it, and its
/// `document.domain` makes nobody its equal.
pub(crate) const APART: [(&str, &str); 2] =
    [("cross-origin-opener-policy", "same-origin"), ("origin-agent-cluster", "?1")];

/// The policy of a page in a frame: it runs these scripts and is framed by the pages that may open sockets.
pub(crate) fn policy(settings: &HttpSettings, scripts: &str) -> String {
    let parents = match &settings.allowed_origins {
        AllowedOrigins::Any => "*".to_owned(),
        AllowedOrigins::Only(origins) => {
            origins.iter().fold("'self'".to_owned(), |parents, origin| parents + " " + origin)
        }
    };
    format!("default-src 'none'; script-src {scripts}; base-uri 'none'; frame-ancestors {parents}")
}
