//! `/ws` and what is below it: the doors of rooms, raw STOMP, and SockJS by its URL rules.
//!
//! STOMP and SockJS are one catch-all, behind everything that is more particular.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use bytes::Bytes;
use mockly_domain::room::{Door, RoomKey};
use mockly_domain::{ConnectionId, ErrorCode};
use mockly_sockjs::{DecodeError, Endpoint, Info, Limits, ReceiverKind, Transport, headers, path, payload};

use crate::problem::Problem;
use crate::request::RequestFacts;
use crate::socket::body::{self, BodyError};
use crate::socket::credential::Credential;
use crate::socket::framing::Framing;
use crate::socket::gate;
use crate::socket::iframe::policy;
use crate::socket::room::{Doorway, RoomConnection};
use crate::socket::socketio::{self, Bridge};
use crate::socket::sockets::Sockets;
use crate::socket::sockjs;
use crate::socket::stomp::StompConnection;
use crate::socket::ws::handshake;
use crate::state::State;

const NOT_FOUND: &str = "Not found";
/// What the iframe's address says while there is no page.
const NO_IFRAME: &str = "The transports in iframes are off; SOCKJS_SCRIPT_URL turns them on.";
/// What `jsonp_send` answers, since some browsers make an error of an answer without a body.
const JSONP_OK: &str = "ok";

/// Where the sockets are.
const PREFIX: &str = "/ws";

/// The sockets of a node with what every worker shares of them. Clones are the same.
#[derive(Clone)]
pub struct SocketRoutes {
    sockets: Arc<Sockets>,
    notifications: Bridge,
}

impl SocketRoutes {
    /// Sets up what is shared.
    pub fn new(sockets: Arc<Sockets>) -> Self {
        Self { notifications: socketio::serve_notifications(&sockets), sockets }
    }
}

/// Adds the routes, and the [`Sockets`] as `web::Data`.
pub(crate) fn configure(config: &mut web::ServiceConfig, routes: SocketRoutes) {
    let SocketRoutes { sockets, notifications } = routes;
    config.app_data(web::Data::from(sockets));
    socketio::configure(config, notifications);
    // The doors first: SockJS keeps the rest.
    config.service(web::resource("/ws/{door:zoom|chat|screenshare|class}/{room_id}").to(serve_door));
    config.service(web::resource([PREFIX, "/ws/{tail:.*}"]).to(serve));
}

/// A door of a room. Who comes is asked before the upgrade, whether they may come in after it, so that a browser learns
/// the reason.
async fn serve_door(
    request: HttpRequest,
    payload: web::Payload,
    path: web::Path<(String, String)>,
    sockets: web::Data<Sockets>,
) -> HttpResponse {
    match open_door(&request, payload, path.into_inner(), sockets.into_inner()).await {
        Ok(response) => response,
        Err(problem) => HttpResponse::from_error(problem),
    }
}

async fn open_door(
    request: &HttpRequest,
    payload: web::Payload,
    (door, room_id): (String, String),
    sockets: Arc<Sockets>,
) -> Result<HttpResponse, Problem> {
    gate::pass(request, &sockets)?;
    let Ok(door) = door.parse::<Door>() else {
        return Err(Problem::new(ErrorCode::NotFound, "The doors are zoom, chat, screenshare and class."));
    };
    let key: RoomKey =
        room_id.parse().map_err(|error| Problem::new(ErrorCode::InvalidId, format!("The room's id {error}.")))?;
    if !handshake::is_upgrade(request) {
        return Ok(text(&mut HttpResponse::BadRequest(), headers::NOT_A_WEBSOCKET));
    }
    let Some(credential) = Credential::of_request(request) else {
        let detail = "Connect with `?token=` and an access token, with `?ticket=`, or with the header \
                      `Authorization: Bearer <token>`.";
        return Err(Problem::new(ErrorCode::Unauthenticated, detail));
    };
    let principal = credential.verify(&sockets.services).await?;
    if let (Some(facts), Some(state)) = (RequestFacts::of(request), request.app_data::<State>()) {
        facts.count(state.limits.doors_per_user.check(principal.user_id()), "doors opened by one user")?;
    }
    let id = ConnectionId(sockets.ids.uuid());
    let transport = door.as_str();
    let message_bytes_max = sockets.settings.frame_bytes_max;
    let doorway = Doorway { sockets: Arc::clone(&sockets), principal, key, door, id };
    let speak = |outbox| RoomConnection::new(doorway, outbox);
    Ok(handshake::upgrade(request, payload, &sockets, transport, message_bytes_max, speak))
}

async fn serve(request: HttpRequest, payload: web::Payload, sockets: web::Data<Sockets>) -> HttpResponse {
    let sockets = sockets.into_inner();
    if let Err(problem) = gate::pass(&request, &sockets) {
        return HttpResponse::from_error(problem);
    }
    let path = request.path().strip_prefix(PREFIX).unwrap_or_default();
    let Some(endpoint) = path::parse(path, &Limits::default()) else {
        return text(&mut HttpResponse::NotFound(), NOT_FOUND);
    };
    if !endpoint.allows(request.method().as_str()) {
        return HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, endpoint.methods())).finish();
    }
    if request.method() == actix_web::http::Method::OPTIONS {
        return gate::preflight(&request, &sockets, endpoint.methods());
    }
    match endpoint {
        Endpoint::Greeting | Endpoint::RawWebsocket if handshake::is_upgrade(&request) => {
            open_websocket(&request, payload, &sockets)
        }
        Endpoint::Greeting => text(&mut HttpResponse::Ok(), headers::GREETING),
        Endpoint::RawWebsocket => text(&mut HttpResponse::BadRequest(), headers::NOT_A_WEBSOCKET),
        Endpoint::Info => info(&request, &sockets),
        Endpoint::Transport { sid, transport, .. } => {
            serve_transport(&request, payload, &sockets, sid, transport).await
        }
        Endpoint::Iframe => match &sockets.iframe {
            Some(page) => page.serve(&request, &sockets),
            None => text(&mut HttpResponse::NotFound(), NO_IFRAME),
        },
    }
}

async fn serve_transport(
    request: &HttpRequest,
    payload: web::Payload,
    sockets: &Arc<Sockets>,
    sid: &str,
    transport: Transport,
) -> HttpResponse {
    match transport {
        Transport::Websocket if handshake::is_upgrade(request) => open_sockjs_websocket(request, payload, sockets),
        Transport::Websocket => text(&mut HttpResponse::BadRequest(), headers::NOT_A_WEBSOCKET),
        Transport::XhrSend | Transport::JsonpSend => send(request, payload, sockets, sid, transport).await,
        Transport::Xhr | Transport::XhrStreaming | Transport::EventSource | Transport::HtmlFile | Transport::Jsonp => {
            match transport.receiver(callback_of(request).as_deref()) {
                Ok(Some(kind)) => receive(request, sockets, sid, transport, kind),
                Ok(None) => text(&mut HttpResponse::NotFound(), NOT_FOUND),
                Err(error) => text(&mut HttpResponse::InternalServerError(), &error.to_string()),
            }
        }
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

/// STOMP in the messages of a WebSocket. The subprotocol is named where the client offers one of STOMP's; which version
/// is spoken, CONNECT decides.
fn open_websocket(request: &HttpRequest, payload: web::Payload, sockets: &Arc<Sockets>) -> HttpResponse {
    let subprotocol = offered_subprotocols(request).and_then(|offered| mockly_stomp::select_subprotocol(&offered));
    // Twice a frame: what is too big for STOMP gets its ERROR, and only what is beyond reason the close code 1009.
    let message_bytes_max = sockets.settings.frame_bytes_max.saturating_mul(2);
    let mut response = upgrade(request, payload, sockets, Framing::WebSocket, message_bytes_max);
    if let Some(version) = subprotocol
        && response.status() == StatusCode::SWITCHING_PROTOCOLS
    {
        let value = header::HeaderValue::from_static(version.subprotocol());
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, value);
    }
    response
}

/// STOMP in the frames of SockJS in the messages of a WebSocket.
fn open_sockjs_websocket(request: &HttpRequest, payload: web::Payload, sockets: &Arc<Sockets>) -> HttpResponse {
    upgrade(request, payload, sockets, Framing::SockJsWebSocket, Limits::default().payload_bytes_max)
}

fn upgrade(
    request: &HttpRequest,
    payload: web::Payload,
    sockets: &Arc<Sockets>,
    framing: Framing,
    message_bytes_max: usize,
) -> HttpResponse {
    let credential = Credential::of_request(request);
    let speak = |outbox| StompConnection::new(Arc::clone(sockets), framing, outbox, credential);
    handshake::upgrade(request, payload, sockets, framing.label(), message_bytes_max, speak)
}

/// The subprotocols that the client offers; several header lines are one list (RFC 6455, section 11.3.4).
fn offered_subprotocols(request: &HttpRequest) -> Option<String> {
    let lines = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let lines: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

fn info(request: &HttpRequest, sockets: &Sockets) -> HttpResponse {
    let info = Info { websocket: true, cookie_needed: false, entropy: sockets.random() };
    let mut response = HttpResponse::Ok();
    gate::insert_cors(request, &mut response);
    response
        .insert_header((header::CACHE_CONTROL, headers::NO_CACHE))
        .insert_header((header::CONTENT_TYPE, headers::JSON))
        .body(info.encode())
}

fn receive(
    request: &HttpRequest,
    sockets: &Arc<Sockets>,
    sid: &str,
    transport: Transport,
    kind: ReceiverKind,
) -> HttpResponse {
    let body = match sockets.sockjs.find(sid) {
        Some(session) => sockjs::receive(sockets, session, kind),
        None => match sockjs::open_session(sockets, sid, kind, Credential::of_request(request)) {
            Some(body) => body,
            None => return handshake::full(),
        },
    };
    let mut response = HttpResponse::Ok();
    match transport {
        // A page in a frame of those who may open sockets, which runs the calls that its frames are.
        Transport::HtmlFile => {
            response.insert_header((header::CONTENT_SECURITY_POLICY, policy(sockets, "'unsafe-inline'")));
        }
        Transport::Jsonp => {}
        _ => gate::insert_cors(request, &mut response),
    }
    response
        .insert_header((header::CACHE_CONTROL, headers::NO_CACHE))
        .insert_header((header::CONTENT_TYPE, transport.content_type().unwrap_or(headers::TEXT)))
        // A frame is to be delivered at once, which a compressor would hold back to compress it with the next.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .streaming(body)
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
    let limits = Limits::default();
    let body = match body::read(payload, limits.payload_bytes_max, &sockets.http).await {
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
    let messages = match payload::decode_body(&body, &limits) {
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
    if transport == Transport::JsonpSend {
        response.status(StatusCode::OK);
    } else {
        gate::insert_cors(request, &mut response);
    }
    response
        .insert_header((header::CACHE_CONTROL, headers::NO_CACHE))
        .insert_header((header::CONTENT_TYPE, headers::TEXT));
    if transport == Transport::JsonpSend { response.body(JSONP_OK) } else { response.finish() }
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

fn text(response: &mut HttpResponseBuilder, body: &str) -> HttpResponse {
    response.insert_header((header::CONTENT_TYPE, headers::TEXT)).body(body.to_owned())
}
