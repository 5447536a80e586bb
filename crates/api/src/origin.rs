//! Which web pages may open a socket or use a cookie: browsers let every page try, so the server has to ask (RFC 6455,
//! section 10.2).

use actix_web::HttpRequest;
use actix_web::http::header;
use mockly_domain::ErrorCode;

use crate::problem::Problem;
use crate::settings::HttpSettings;

/// Lets through requests without an Origin (they come from no page), of the own origin and of the allowed ones.
///
/// # Errors
/// `origin-not-allowed`.
pub(crate) fn check_origin(request: &HttpRequest, settings: &HttpSettings) -> Result<(), Problem> {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    let allowed = origin.to_str().is_ok_and(|origin| settings.allows_origin(origin) || is_same_host(request, origin));
    if allowed {
        return Ok(());
    }
    let detail =
        "Pages of this origin may not open sockets here; whoever runs this server can add it to ALLOWED_ORIGINS.";
    Err(Problem::new(ErrorCode::OriginNotAllowed, detail))
}

/// Whether the page came from the host that it now asks. Its scheme is not compared, because a proxy may have ended TLS
/// in front of this server.
fn is_same_host(request: &HttpRequest, origin: &str) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    matches!((host, authority), (Some(host), Some(authority)) if host.eq_ignore_ascii_case(authority))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::settings::AllowedOrigins;

    fn check(origin: Option<&str>, allowed: &[&str], expected: bool) {
        let settings = HttpSettings {
            public_url: "https://meet.example".to_owned(),
            allowed_origins: AllowedOrigins::Only(allowed.iter().map(|&origin| origin.to_owned()).collect()),
            ..HttpSettings::default()
        };
        let request = TestRequest::with_uri("/ws").insert_header((header::HOST, "10.0.0.7:8080"));
        let request = match origin {
            Some(origin) => request.insert_header((header::ORIGIN, origin)),
            None => request,
        };
        assert_eq!(check_origin(&request.to_http_request(), &settings).is_ok(), expected, "{origin:?}");
    }

    #[test]
    fn foreign_pages_are_refused() {
        check(None, &[], true);
        check(Some("https://meet.example"), &[], true);
        check(Some("http://10.0.0.7:8080"), &[], true);
        check(Some("https://app.example"), &["https://app.example"], true);
        check(Some("https://evil.example"), &["https://app.example"], false);
        check(Some("https://meet.example.evil.example"), &[], false);
        check(Some("null"), &[], false);
        check(Some("http://10.0.0.7"), &[], false);
    }
}
