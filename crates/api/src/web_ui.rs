//! The web UI, embedded at build time: its files with their compressed forms, and its front page for every address that
//! a browser opens and the API does not know.

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};

use crate::settings::HttpSettings;

/// A file of `web/dist`.
struct File {
    path: &'static str,
    content_type: &'static str,
    etag: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/web_ui_files.rs"));

/// Names of files below it have a digest of what is in them, so they never change.
const ASSETS: &str = "/assets/";
/// What belongs to the server: an unknown path there is an error, not a page.
const NOT_PAGES: &[&str] = &["/api", "/api-docs", "/assets", "/swagger-ui", "/ws", "/socket.io"];

/// Shown where the binary was built without the UI.
const MISSING: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><title>Mockly</title><h1>Mockly is running</h1>\
    <p>This build has no web UI. <code>make run</code> and <code>make release</code> build it where Node.js 20 or newer \
    and npm are installed.</p><p><a href=\"/swagger-ui/\">The API, to try out in Swagger UI</a></p></html>";

/// The file or page at the path of the request; `None` where the UI has nothing to say.
pub(crate) fn answer(request: &HttpRequest, settings: &HttpSettings) -> Option<HttpResponse> {
    // A HEAD comes here as a GET.
    if request.method() != Method::GET {
        return None;
    }
    let path = request.path();
    if let Some(file) = find(path).filter(|file| file.path != "/index.html") {
        return Some(file.answer(request, settings));
    }
    if !is_page(request) {
        return None;
    }
    match find("/index.html") {
        Some(page) => Some(page.answer(request, settings)),
        None if path == "/" => Some(missing()),
        None => None,
    }
}

fn find(path: &str) -> Option<&'static File> {
    FILES.binary_search_by(|file| file.path.cmp(path)).ok().and_then(|at| FILES.get(at))
}

/// Whether a browser asks for a page, by its address or a reload.
fn is_page(request: &HttpRequest) -> bool {
    let path = request.path();
    let ours = |prefix: &&str| path.strip_prefix(*prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path == "/" || (!NOT_PAGES.iter().any(ours) && lists(request.headers(), &header::ACCEPT, "text/html"))
}

fn missing() -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(MISSING)
}

impl File {
    fn answer(&self, request: &HttpRequest, settings: &HttpSettings) -> HttpResponse {
        let lasting = self.path.starts_with(ASSETS);
        let kept = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
        let fresh = lists(request.headers(), &header::IF_NONE_MATCH, self.etag);
        let mut response = HttpResponse::build(if fresh { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
        response
            .insert_header((header::CACHE_CONTROL, kept))
            .insert_header((header::ETAG, self.etag))
            .insert_header((header::VARY, "Accept-Encoding"));
        if self.content_type.starts_with("text/html") {
            response.insert_header((header::CONTENT_SECURITY_POLICY, policy(settings, is_embedded(request))));
            // A page that opens this one, or is opened by it, has no hold on it.
            response.insert_header(("Cross-Origin-Opener-Policy", "same-origin"));
            response.insert_header(("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self)"));
        }
        if fresh {
            return response.finish();
        }
        response.insert_header((header::CONTENT_TYPE, self.content_type));
        let takes = |coding| lists(request.headers(), &header::ACCEPT_ENCODING, coding);
        match (self.brotli, self.gzip) {
            (Some(brotli), _) if takes("br") => response.insert_header((header::CONTENT_ENCODING, "br")).body(brotli),
            (_, Some(gzip)) if takes("gzip") => response.insert_header((header::CONTENT_ENCODING, "gzip")).body(gzip),
            // Small or compressed as they are; nothing is gained by packing them anew for each request.
            _ => response.insert_header((header::CONTENT_ENCODING, "identity")).body(self.plain),
        }
    }
}

/// Whether the page is to stand in another's: only the live page does, and only where it is asked for so.
fn is_embedded(request: &HttpRequest) -> bool {
    let path = request.path();
    let live = path.starts_with("/meeting/") || (path.starts_with("/sessions/") && path.ends_with("/live"));
    live && request.query_string().split('&').any(|parameter| parameter == "embed=1")
}

/// Scripts are files of ours alone. Styles may also stand in the page: the dialogs and messages of the UI's components
/// put them there. Sockets and media reach this server, LiveKit, and the issuer that signs users in. Framed is only what
/// is `embedded`, by the pages that the configuration names.
fn policy(settings: &HttpSettings, embedded: bool) -> HeaderValue {
    let mut connects_to = String::new();
    for origin in &settings.web_connects_to {
        connects_to.push(' ');
        connects_to.push_str(origin);
    }
    let parents = &settings.public_config.embed_origins;
    let framed_by = if embedded && !parents.is_empty() { parents.join(" ") } else { "'none'".to_owned() };
    let text = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
         media-src 'self' blob: mediastream:; font-src 'self'; worker-src 'self' blob:; connect-src 'self'{connects_to}; \
         base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors {framed_by}",
    );
    // Origins come from checked URLs; one that were none must not open more than it should.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Whether a comma-separated header has the item, whatever its parameters, but with `q=0` it has not.
fn lists(headers: &HeaderMap, name: &header::HeaderName, item: &str) -> bool {
    headers.get_all(name).filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|part| {
        let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
        let refused =
            parameters.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).is_some_and(|q| q <= 0.0);
        name.trim().trim_start_matches("W/").eq_ignore_ascii_case(item) && !refused
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::settings::PublicConfig;

    fn get(path: &str, accept: &str) -> HttpRequest {
        TestRequest::get().uri(path).insert_header((header::ACCEPT, accept)).to_http_request()
    }

    #[test]
    fn a_page_is_what_a_browser_opens_and_the_server_does_not_own() {
        let html = "text/html,application/xhtml+xml,*/*;q=0.8";
        for (path, accept, page) in [
            ("/", "*/*", true),
            ("/sessions", html, true),
            ("/apiary", html, true),
            ("/sessions", "application/json", false),
            ("/api/nothing", html, false),
            ("/assets/gone.js", html, false),
            ("/ws/zoom/1", html, false),
            ("/swagger-ui/x", html, false),
        ] {
            assert_eq!(is_page(&get(path, accept)), page, "{path} {accept}");
        }
    }

    #[test]
    fn a_coding_that_is_refused_is_not_taken() {
        let request =
            |value: &'static str| TestRequest::get().insert_header((header::ACCEPT_ENCODING, value)).to_http_request();
        let takes = |value, coding| lists(request(value).headers(), &header::ACCEPT_ENCODING, coding);
        assert!(takes("gzip, deflate, br;q=0.9", "br"));
        assert!(!takes("gzip, br;q=0", "br"));
        assert!(!takes("gzip", "br"));
    }

    #[test]
    fn the_files_are_in_the_order_of_their_paths() {
        assert!(FILES.is_sorted_by(|a, b| a.path < b.path));
    }

    #[test]
    fn the_page_may_connect_where_the_configuration_says() {
        let settings =
            HttpSettings { web_connects_to: vec!["wss://media.example".to_owned()], ..HttpSettings::default() };
        let policy = policy(&settings, false);
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("connect-src 'self' wss://media.example;"), "{policy}");
        assert!(!policy.contains("script-src 'self' 'unsafe"), "{policy}");
    }

    #[test]
    fn only_the_live_page_is_framed_and_only_by_pages_that_the_configuration_names() {
        let embed_origins = vec!["https://school.example".to_owned(), "https://other.example".to_owned()];
        let public_config = PublicConfig { embed_origins, ..PublicConfig::default() };
        let settings = HttpSettings { public_config, ..HttpSettings::default() };
        let framed_by = |settings: &HttpSettings, uri: &str| {
            let policy = policy(settings, is_embedded(&get(uri, "text/html")));
            policy.to_str().unwrap().split_once("frame-ancestors ").unwrap().1.to_owned()
        };
        let both = "https://school.example https://other.example";
        assert_eq!(framed_by(&settings, "/sessions/1/live?embed=1"), both);
        assert_eq!(framed_by(&settings, "/meeting/1?x=y&embed=1"), both);
        for uri in ["/sessions/1/live", "/sessions?embed=1", "/signin?embed=1", "/meeting/1?embed=0"] {
            assert_eq!(framed_by(&settings, uri), "'none'", "{uri}");
        }
        assert_eq!(framed_by(&HttpSettings::default(), "/meeting/1?embed=1"), "'none'");
    }
}
