//! The outermost layer: request ids, the access log, HTTP metrics, the last catch of panics.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Instant;

use actix_cors::CorsError;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpResponse, ResponseError};
use futures_util::FutureExt as _;
use mockly_domain::ErrorCode;
use tracing::Instrument as _;

use super::{headers, is_socket_path};
use crate::address::client_address;
use crate::problem::{self, Problem};
use crate::request::{self, RequestFacts, given_request_id};
use crate::state::{ApiState, State};

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Runs a request and tells of it. Query strings, headers and bodies are never logged: they carry tokens.
pub(crate) async fn edge<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let started = Instant::now();
    let Some(state) = request.app_data::<State>().cloned() else {
        return Err(Problem::hidden(ErrorCode::Internal, "the application has no state").into());
    };
    // Whoever stops the server waits for what this tracker counts.
    let _under_way = state.tasks.token();
    let facts = facts(&request, &state);
    request.extensions_mut().insert(Rc::clone(&facts));
    let seen = Seen::of(&request, started);
    prepare(&mut request);

    let span = tracing::info_span!("request", request.id = %facts.id);
    let outcome = AssertUnwindSafe(next.call(request)).catch_unwind().instrument(span.clone()).await;
    let _entered = span.enter();
    let mut response = match outcome {
        Ok(Ok(response)) => finish(response, &facts),
        Ok(Err(error)) => return Err(seen.give_up(&problem::of_error(&error), &facts, &state)),
        Err(panic) => {
            let problem = Problem::hidden(ErrorCode::Internal, panic_text(panic.as_ref()));
            return Err(seen.give_up(&problem, &facts, &state));
        }
    };
    headers::add(response.headers_mut(), &seen.path, &state.settings);
    add_request_id(response.headers_mut(), &facts);
    close_where_draining(response.response_mut(), &state);
    seen.tell(response.status(), &facts);
    Ok(response)
}

/// A balancer that kept the connection would bring the next request here, to be refused. What becomes a WebSocket goes on.
fn close_where_draining<B>(response: &mut HttpResponse<B>, state: &State) {
    if state.is_draining() && !response.head().upgrade() {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
}

fn facts(request: &ServiceRequest, state: &State) -> Rc<RequestFacts> {
    let id = given_request_id(request.headers()).map_or_else(ApiState::new_request_id, str::to_owned);
    let peer = request.peer_addr().map(|peer| peer.ip());
    let client = client_address(peer, request.headers(), &state.settings.trusted_proxies);
    RequestFacts::new(id, request.uri().path().to_owned(), client)
}

/// Answers HEAD wherever GET is answered; the transport leaves the body out by itself.
fn prepare(request: &mut ServiceRequest) {
    if request.method() == Method::HEAD && !is_socket_path(request.path()) {
        request.head_mut().method = Method::GET;
    }
}

/// Writes the documents that were not written further in: of a preflight that CORS refused, and of what the sockets'
/// routes refuse.
fn finish<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    facts: &RequestFacts,
) -> ServiceResponse<EitherBody<B>> {
    let document = response.response().error().and_then(|error| {
        let refused = error.as_error::<CorsError>().map(problem::of_cors);
        let problem = refused.as_ref().or_else(|| error.as_error::<Problem>())?;
        Some(request::answer(Some(facts), problem))
    });
    match document {
        Some(document) => response.into_response(document).map_into_right_body(),
        None => response.map_into_left_body(),
    }
}

fn add_request_id(headers: &mut header::HeaderMap, facts: &RequestFacts) {
    if let Ok(id) = HeaderValue::from_str(&facts.id) {
        headers.insert(X_REQUEST_ID.clone(), id);
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a handler panicked: {}", text.unwrap_or("no message"))
}

/// What the log and the metrics tell of a request.
struct Seen {
    started: Instant,
    method: &'static str,
    route: String,
    path: String,
}

impl Seen {
    fn of(request: &ServiceRequest, started: Instant) -> Self {
        Self {
            started,
            method: known_method(request.method()),
            // The pattern, not the path: it has no ids, and a flood of made-up paths is one line in the metrics.
            route: request.match_pattern().unwrap_or_else(|| "unmatched".to_owned()),
            path: request.path().to_owned(),
        }
    }

    fn tell(&self, status: StatusCode, facts: &RequestFacts) {
        let duration = self.started.elapsed();
        metrics::histogram!(
            "http_request_duration_seconds",
            "method" => self.method,
            "route" => self.route.clone(),
            "status" => status.as_u16().to_string(),
        )
        .record(duration.as_secs_f64());
        tracing::info!(
            target: "mockly::access",
            {
                request.id = %facts.id,
                http.method = self.method,
                http.route = %self.route,
                http.status = status.as_u16(),
                http.duration_ms = duration.as_secs_f64() * 1_000.0,
                client.address = %facts.client
            },
            "request"
        );
    }

    /// The answer where the request itself is lost: a finished document, but without the headers of inner layers.
    fn give_up(&self, problem: &Problem, facts: &RequestFacts, state: &State) -> actix_web::Error {
        let mut response = request::answer(Some(facts), problem);
        headers::add(response.headers_mut(), &self.path, &state.settings);
        add_request_id(response.headers_mut(), facts);
        close_where_draining(&mut response, state);
        self.tell(response.status(), facts);
        Finished::of(response).into()
    }
}

/// Metrics keep a series per method, so made-up ones share a name.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// A finished answer on the framework's path for errors, which needs no request.
#[derive(Debug)]
struct Finished {
    status: StatusCode,
    headers: header::HeaderMap,
    body: bytes::Bytes,
    connection: ConnectionType,
}

impl Finished {
    fn of(response: HttpResponse<BoxBody>) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let connection = response.head().connection_type();
        let body = response.into_body().try_into_bytes().unwrap_or_default();
        Self { status, headers, body, connection }
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "answered {}", self.status)
    }
}

impl ResponseError for Finished {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::with_body(self.status, BoxBody::new(self.body.clone()));
        for (name, value) in &self.headers {
            response.headers_mut().append(name.clone(), value.clone());
        }
        if self.connection == ConnectionType::Close {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        response
    }
}
