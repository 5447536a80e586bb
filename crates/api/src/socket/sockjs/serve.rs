//! The addresses of one SockJS service and what each of them answers.

use std::sync::Arc;

use actix_web::http::{Method, StatusCode, Version, header};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use bytes::Bytes;
use mockly_domain::ErrorCode;
use mockly_realtime::Outbox;
use mockly_sockjs::{DecodeError, Endpoint, Info, ReceiverKind, Transport, headers, path, payload};

use super::body;
use super::websocket::FramedSocket;
use crate::problem::Problem;
use crate::socket::application::{Application, Opening};
use crate::socket::body::{BodyError, read};
use crate::socket::credential::Credential;
use crate::socket::framing::Framing;
use crate::socket::gate;
use crate::socket::iframe::{APART, policy};
use crate::socket::sockets::Sockets;
use crate::socket::ws::handshake;

const NOT_FOUND: &str = "Not found";
/// What the iframe's address says while there is no page.
const NO_IFRAME: &str = "The transports in iframes are off; SOCKJS_SCRIPT_URL turns them on.";
/// What `jsonp_send` answers, since some browsers make an error of an answer without a body.
const JSONP_OK: &str = "ok";

/// An application below a prefix, by plain WebSockets and every transport of SockJS. Clones are the same.
pub struct SockJs<A> {
    prefix: &'static str,
    sockets: Arc<Sockets>,
    application: Arc<A>,
}

impl<A> Clone for SockJs<A> {
    fn clone(&self) -> Self {
        Self { prefix: self.prefix, sockets: Arc::clone(&self.sockets), application: Arc::clone(&self.application) }
    }
}

impl<A: Application> SockJs<A> {
    /// A service below `prefix`, which does not end with a slash. Its sessions are the sockets' own, so two services
    /// need two of these.
    pub fn new(prefix: &'static str, sockets: Arc<Sockets>, application: A) -> Self {
        Self { prefix, sockets, application: Arc::new(application) }
    }

    /// Adds its routes, which take everything below the prefix.
    pub fn configure(self, config: &mut web::ServiceConfig) {
        let below = format!("{}/{{tail:.*}}", self.prefix);
        let prefix = self.prefix.to_owned();
        let serve = move |request, payload| {
            let service = self.clone();
            async move { service.serve(request, payload).await }
        };
        config.service(web::resource([prefix, below]).to(serve));
    }

    async fn serve(self, request: HttpRequest, payload: web::Payload) -> HttpResponse {
        let sockets = &self.sockets;
        if let Err(problem) = gate::pass(&request, sockets) {
            return HttpResponse::from_error(problem);
        }
        let path = request.path().strip_prefix(self.prefix).unwrap_or_default();
        let Some(endpoint) = path::parse(path, &sockets.settings.sockjs) else {
            return text(&mut HttpResponse::NotFound(), NOT_FOUND);
        };
        if !endpoint.allows(request.method().as_str()) {
            return HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, endpoint.methods())).finish();
        }
        if request.method() == Method::OPTIONS {
            return gate::preflight(&request, sockets, endpoint.methods());
        }
        match endpoint {
            Endpoint::Greeting | Endpoint::RawWebsocket if handshake::is_upgrade(&request) => {
                self.open_websocket(&request, payload)
            }
            Endpoint::Greeting => text(&mut HttpResponse::Ok(), headers::GREETING),
            Endpoint::RawWebsocket => handshake::not_an_upgrade(),
            Endpoint::Info => info(&request, sockets),
            Endpoint::Transport { sid, transport, .. } => self.serve_transport(&request, payload, sid, transport).await,
            Endpoint::Iframe => match &sockets.iframe {
                Some(page) => page.serve(&request, sockets.clock.now(), &sockets.http),
                None => text(&mut HttpResponse::NotFound(), NO_IFRAME),
            },
        }
    }

    async fn serve_transport(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
        sid: &str,
        transport: Transport,
    ) -> HttpResponse {
        match transport {
            Transport::Websocket if !self.sockets.settings.sockjs_websocket => {
                text(&mut HttpResponse::NotFound(), NOT_FOUND)
            }
            Transport::Websocket if handshake::is_upgrade(request) => self.open_framed_websocket(request, payload),
            Transport::Websocket => handshake::not_an_upgrade(),
            Transport::XhrSend | Transport::JsonpSend => send(request, payload, &self.sockets, sid, transport).await,
            Transport::Xhr
            | Transport::XhrStreaming
            | Transport::EventSource
            | Transport::HtmlFile
            | Transport::Jsonp => match transport.receiver(callback_of(request).as_deref()) {
                Ok(Some(kind)) => self.receive(request, sid, transport, kind),
                Ok(None) => text(&mut HttpResponse::NotFound(), NOT_FOUND),
                Err(error) => text(&mut HttpResponse::InternalServerError(), &error.to_string()),
            },
        }
    }

    /// The application's messages in those of a WebSocket.
    fn open_websocket(&self, request: &HttpRequest, payload: web::Payload) -> HttpResponse {
        let subprotocol = offered_subprotocols(request).and_then(|offered| self.application.subprotocol(&offered));
        // Twice a frame: what is too big for the application gets its answer, and only what is beyond reason the close
        // code 1009.
        let message_bytes_max = self.sockets.settings.frame_bytes_max.saturating_mul(2);
        let speak = |outbox| self.speak(Framing::WebSocket, outbox, request);
        let label = Framing::WebSocket.label();
        let mut response = handshake::upgrade(request, payload, &self.sockets, label, message_bytes_max, speak);
        if let Some(subprotocol) = subprotocol
            && response.status() == StatusCode::SWITCHING_PROTOCOLS
        {
            let value = header::HeaderValue::from_static(subprotocol);
            response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, value);
        }
        response
    }

    /// The application's messages in the frames of SockJS in those of a WebSocket.
    fn open_framed_websocket(&self, request: &HttpRequest, payload: web::Payload) -> HttpResponse {
        let limits = self.sockets.settings.sockjs;
        let speak = |outbox: Outbox| {
            FramedSocket::new(self.sockets.now(), limits, outbox, |outbox| {
                self.speak(Framing::SockJsWebSocket, outbox, request)
            })
        };
        let label = Framing::SockJsWebSocket.label();
        handshake::upgrade(request, payload, &self.sockets, label, limits.payload_bytes_max, speak)
    }

    fn receive(&self, request: &HttpRequest, sid: &str, transport: Transport, kind: ReceiverKind) -> HttpResponse {
        let sockets = &self.sockets;
        let speak = |outbox| self.speak(Framing::SockJsHttp, outbox, request);
        let body = match sockets.sockjs.find(sid) {
            Some(session) => Some(body::receive(sockets, session, kind)),
            None => body::open_session(sockets, sid, kind, speak),
        };
        let Some(body) = body else { return handshake::full() };
        let mut response = HttpResponse::Ok();
        match transport {
            // A page in a frame of those who may open sockets, which runs the calls that its frames are.
            Transport::HtmlFile => {
                response
                    .insert_header((header::CONTENT_SECURITY_POLICY, policy(&sockets.http, "'unsafe-inline'")))
                    .insert_header(APART[0])
                    .insert_header(APART[1]);
            }
            Transport::Jsonp => {}
            _ => gate::insert_cors(request, &mut response),
        }
        insert_session_headers(request, sockets, transport, &mut response);
        // A frame is to be delivered at once, which a compressor would hold back to compress it with the next.
        response.insert_header((header::CONTENT_ENCODING, "identity"));
        if request.version() >= Version::HTTP_11 {
            return response.streaming(body);
        }
        // HTTP/1.0 knows no chunks: the end of the connection is that of the body (RFC 9112, section 6.1).
        let mut response = response.force_close().streaming(body);
        response.head_mut().no_chunking(true);
        response
    }

    fn speak(&self, framing: Framing, outbox: Outbox, request: &HttpRequest) -> A::Protocol {
        let (now, credential) = (self.sockets.now(), Credential::of_request(request));
        self.application.open(Opening { framing, outbox, now, credential })
    }
}

fn info(request: &HttpRequest, sockets: &Sockets) -> HttpResponse {
    let settings = &sockets.settings;
    let info =
        Info { websocket: settings.sockjs_websocket, cookie_needed: settings.sockjs_cookie, entropy: sockets.random() };
    let mut response = HttpResponse::Ok();
    gate::insert_cors(request, &mut response);
    response
        .insert_header((header::CACHE_CONTROL, headers::NO_CACHE))
        .insert_header((header::CONTENT_TYPE, headers::JSON))
        .body(info.encode())
}

async fn send(
    request: &HttpRequest,
    payload: web::Payload,
    sockets: &Arc<Sockets>,
    sid: &str,
    transport: Transport,
) -> HttpResponse {
    let Some(session) = sockets.sockjs.find(sid) else {
        return text(&mut HttpResponse::NotFound(), "No such session. Open one by a receiving request first.");
    };
    let limits = &sockets.settings.sockjs;
    let body = match read(payload, limits.payload_bytes_max, &sockets.http).await {
        Ok(body) => body,
        Err(BodyError::Broken) => return text(&mut HttpResponse::BadRequest(), "The body was cut short."),
        Err(BodyError::Late) => return text(&mut HttpResponse::RequestTimeout(), "The body did not arrive in time."),
        Err(BodyError::TooLarge) => {
            let too_large = DecodeError::TooLarge { bytes_max: limits.payload_bytes_max };
            return text(&mut HttpResponse::PayloadTooLarge(), &too_large.to_string());
        }
    };
    let is_form = transport == Transport::JsonpSend && request.content_type() == "application/x-www-form-urlencoded";
    let body = if is_form { form_data(&body) } else { body };
    let messages = match payload::decode_body(&body, limits) {
        Ok(messages) => messages,
        Err(error) => {
            let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::BAD_REQUEST);
            return text(&mut HttpResponse::build(status), &error.to_string());
        }
    };
    if session.send(sockets.now(), messages).is_err() {
        let detail = "Messages come faster than they are taken. Wait for the answers to the last ones.";
        return HttpResponse::from_error(Problem::new(ErrorCode::RateLimited, detail));
    }
    let mut response = HttpResponse::NoContent();
    insert_session_headers(request, sockets, transport, &mut response);
    if transport == Transport::JsonpSend {
        return response.status(StatusCode::OK).body(JSONP_OK);
    }
    gate::insert_cors(request, &mut response);
    response.finish()
}

/// What the answers of all transports have.
fn insert_session_headers(
    request: &HttpRequest,
    sockets: &Sockets,
    transport: Transport,
    response: &mut HttpResponseBuilder,
) {
    response
        .insert_header((header::CACHE_CONTROL, headers::NO_CACHE))
        .insert_header((header::CONTENT_TYPE, transport.content_type().unwrap_or(headers::TEXT)));
    if sockets.settings.sockjs_cookie {
        let current = request.cookie(headers::STICKY_COOKIE);
        let cookie = headers::sticky_cookie(current.as_ref().map(actix_web::cookie::Cookie::value));
        response.insert_header((header::SET_COOKIE, cookie));
    }
}

/// The function that the request's `c` names.
fn callback_of(request: &HttpRequest) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Query {
        c: Option<String>,
    }
    web::Query::<Query>::from_query(request.query_string()).ok()?.into_inner().c
}

/// The `d` of a form; empty where it has none.
fn form_data(form: &[u8]) -> Bytes {
    #[derive(serde::Deserialize)]
    struct Form {
        d: Option<String>,
    }
    let text = str::from_utf8(form).ok();
    let form = text.and_then(|text| web::Query::<Form>::from_query(text).ok());
    Bytes::from(form.and_then(|form| form.into_inner().d).unwrap_or_default())
}

/// The subprotocols that the client offers; several header lines are one list (RFC 6455, section 11.3.4).
fn offered_subprotocols(request: &HttpRequest) -> Option<String> {
    let lines = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let lines: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

fn text(response: &mut HttpResponseBuilder, body: &str) -> HttpResponse {
    response.insert_header((header::CONTENT_TYPE, headers::TEXT)).body(body.to_owned())
}
