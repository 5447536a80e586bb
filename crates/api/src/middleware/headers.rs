//! Headers that keep browsers from doing more with an answer than they should.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::is_socket_path;
use crate::settings::HttpSettings;

/// JSON is no page: nothing of it may load or frame anything.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// Swagger UI sets styles on its elements; its scripts are files of ours.
const SWAGGER_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                              base-uri 'none'; object-src 'none'; frame-ancestors 'none'";

/// Adds what fits the path.
pub(crate) fn add(headers: &mut HeaderMap, path: &str, settings: &HttpSettings) {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "identity") {
        headers.remove(header::CONTENT_ENCODING);
    }
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::REFERRER_POLICY, "no-referrer");
    if settings.is_https() {
        set(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    // SockJS's iframe transports need to be framed, and run a script of their own.
    if is_socket_path(path) {
        return;
    }
    // It knows no list of origins; where there is one, `frame-ancestors` of every answer's policy says the same better.
    if settings.public_config.embed_origins.is_empty() {
        set(headers, header::X_FRAME_OPTIONS, "DENY");
    }
    // Pages of other sites load nothing of ours as a script or a picture; what CORS lets them read is not meant by it.
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if path.starts_with("/swagger-ui") {
        set(headers, header::CONTENT_SECURITY_POLICY, SWAGGER_POLICY);
        return;
    }
    set(headers, header::CONTENT_SECURITY_POLICY, API_POLICY);
    // By default, and not by the path: there are several ways to spell one.
    set(headers, header::CACHE_CONTROL, "no-store");
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
