//! What the answers carry besides their bodies, as data for the driver to apply.
//!
//! Which of it where, after the tests of the spec:
//!
//! | answer | status | content type | cache | CORS | cookie, if the service wants one |
//! |---|---|---|---|---|---|
//! | greeting | 200 | [`TEXT`] | | | no |
//! | info | 200 | [`JSON`] | [`NO_CACHE`] | yes | no |
//! | OPTIONS of info and the xhr transports | [`PREFLIGHT_STATUS`] | none | [`CACHE_FOR_A_YEAR`] | yes, with methods and age | of a transport |
//! | transport | [`success_status`](crate::Transport::success_status) | [`content_type`](crate::Transport::content_type) | [`NO_CACHE`] | all but `jsonp` and `htmlfile` | yes |
//! | no such URL, `xhr_send` to no session | 404 | [`TEXT`] | | | |
//! | other method | 405 | none, no body | | | |
//! | not a WebSocket request at its URL | 400 | [`TEXT`], [`NOT_A_WEBSOCKET`] | | | |

/// The body of the greeting.
pub const GREETING: &str = "Welcome to SockJS!\n";
/// The body of the 400 that answers a request without a valid upgrade at a WebSocket's URL.
pub const NOT_A_WEBSOCKET: &str = "Not a valid websocket request";

/// Content type of the greeting, of `xhr_send` and of errors.
pub const TEXT: &str = "text/plain; charset=UTF-8";
/// Content type of the info document.
pub const JSON: &str = "application/json; charset=UTF-8";
/// Content type of `xhr`, `xhr_streaming` and `jsonp`.
pub const JAVASCRIPT: &str = "application/javascript; charset=UTF-8";
/// Content type of the iframe and of `htmlfile`.
pub const HTML: &str = "text/html; charset=UTF-8";
/// Content type of `eventsource`.
pub const EVENT_STREAM: &str = "text/event-stream";

/// `Cache-Control` of everything that must not be stored; the suite compares it as a whole.
pub const NO_CACHE: &str = "no-store, no-cache, no-transform, must-revalidate, max-age=0";
/// `Cache-Control` of preflight answers and of the iframe.
/// These also need `Expires`, a date [`CACHE_SECONDS`] from now, for which the driver has the clock.
pub const CACHE_FOR_A_YEAR: &str = "public, max-age=31536000";
/// The seconds of [`CACHE_FOR_A_YEAR`].
pub const CACHE_SECONDS: u64 = 31_536_000;

/// Status of the answer to OPTIONS; it has no body.
pub const PREFLIGHT_STATUS: u16 = 204;
/// `Access-Control-Max-Age` of the answer to OPTIONS, in seconds.
pub const PREFLIGHT_MAX_AGE: &str = "31536000";

/// Name of the cookie by which load balancers keep a client on one node ("JSESSIONID cookie").
pub const STICKY_COOKIE: &str = "JSESSIONID";
const STICKY_COOKIE_BYTES_MAX: usize = 256;

/// The CORS headers of an answer, for an origin that the driver has already allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cors<'a> {
    origin: Option<&'a str>,
    request_headers: Option<&'a str>,
}

impl<'a> Cors<'a> {
    /// For a request with these `Origin` and `Access-Control-Request-Headers`, if present.
    pub fn new(origin: Option<&'a str>, request_headers: Option<&'a str>) -> Self {
        Self { origin, request_headers: request_headers.filter(|names| !names.is_empty()) }
    }

    /// Names (lower case) and values.
    ///
    /// The origin is echoed, `null` included, and credentials are allowed with it, so that the sticky cookie travels;
    /// without an origin it is `*` and there are no credentials.
    /// What headers the client asks for, it gets (`test_request_headers_cors`).
    pub fn headers(self) -> impl Iterator<Item = (&'static str, &'a str)> {
        [
            Some(("access-control-allow-origin", self.origin.unwrap_or("*"))),
            Some(("vary", "Origin")),
            self.origin.map(|_| ("access-control-allow-credentials", "true")),
            self.request_headers.map(|names| ("access-control-allow-headers", names)),
        ]
        .into_iter()
        .flatten()
    }
}

/// The value of `Set-Cookie` on every answer of a session of a service whose info has `cookie_needed`.
///
/// `current` is the value of the client's [`STICKY_COOKIE`], which is echoed so that a load balancer's own addition
/// survives; without one it is `dummy` ("JSESSIONID cookie").
/// A value that is no cookie value (RFC 6265 section 4.1.1) or longer than 256 bytes counts as none.
pub fn sticky_cookie(current: Option<&str>) -> String {
    let value = current.filter(|value| is_cookie_value(value)).unwrap_or("dummy");
    format!("{STICKY_COOKIE}={value}; path=/")
}

fn is_cookie_value(value: &str) -> bool {
    let is_octet = |byte| matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
    !value.is_empty() && value.len() <= STICKY_COOKIE_BYTES_MAX && value.bytes().all(is_octet)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cors: Cors<'_>, expected: &[(&str, &str)]) {
        assert_eq!(cors.headers().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn cors_echoes_what_was_asked() {
        let vary = ("vary", "Origin");
        let credentials = ("access-control-allow-credentials", "true");
        check(Cors::new(None, None), &[("access-control-allow-origin", "*"), vary]);
        for origin in ["test", "null"] {
            let allowed = ("access-control-allow-origin", origin);
            check(Cors::new(Some(origin), Some("")), &[allowed, vary, credentials]);
            let headers = ("access-control-allow-headers", "a, b, c");
            check(Cors::new(Some(origin), Some("a, b, c")), &[allowed, vary, credentials, headers]);
        }
    }

    #[test]
    fn the_cookie_is_echoed_if_it_is_one() {
        assert_eq!(sticky_cookie(None), "JSESSIONID=dummy; path=/");
        assert_eq!(sticky_cookie(Some("abcdef")), "JSESSIONID=abcdef; path=/");
        let long = "x".repeat(STICKY_COOKIE_BYTES_MAX + 1);
        for bad in ["", "a;b", "a b", "a\r\nset-cookie: x", "ü", "\"", &long] {
            assert_eq!(sticky_cookie(Some(bad)), "JSESSIONID=dummy; path=/", "{bad}");
        }
    }
}
