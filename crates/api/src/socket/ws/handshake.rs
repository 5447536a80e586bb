//! The opening handshake (RFC 6455, section 4.2), and handing the socket to its link.

use std::sync::Arc;

use actix_http::ws;
use actix_web::http::{StatusCode, Version, header};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::{FutureExt as _, StreamExt as _};
use mockly_domain::ErrorCode;
use mockly_realtime::Outbox;
use mockly_sockjs::headers;
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;

use crate::problem::Problem;
use crate::socket::protocol::Protocol;
use crate::socket::sockets::Sockets;
use crate::socket::transport::UpgradeSlot;
use crate::socket::ws::link::Link;

/// Most bytes that a peer may have sent before it was answered, which the protocol does not let it do at all.
const EARLY_BYTES_MAX: usize = 64 * 1024;

/// Whether the request asks for a WebSocket.
pub(crate) fn is_upgrade(request: &HttpRequest) -> bool {
    let upgrade = request.headers().get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|value| value.to_ascii_lowercase().contains("websocket"))
}

/// Answers 101 and starts the link, on which `protocol` is spoken; or answers what is wrong with the handshake.
pub(crate) fn upgrade<P: Protocol + Unpin + 'static>(
    request: &HttpRequest,
    payload: web::Payload,
    sockets: &Arc<Sockets>,
    transport: &'static str,
    message_bytes_max: usize,
    protocol: impl FnOnce(Outbox) -> P,
) -> HttpResponse {
    if let Some(refusal) = refuse(request) {
        return refusal;
    }
    let outbox = Outbox::new(sockets.settings.outbox_bytes_max);
    let Some(seat) = sockets.registry.enter(&outbox, transport) else { return full() };
    let limits = sockets.link_limits(message_bytes_max);
    let protocol = Box::new(protocol(outbox.clone()));
    let tasks = sockets.tasks.clone();
    take_over(request, payload, &sockets.tasks, async move |taken| {
        let Some((io, early)) = taken else { return seat.leave("connection_lost") };
        // A task of its own, and no `async` around it: the room for waiting is not kept beside the link for its whole
        // life, nor the link twice.
        tasks.spawn_local(Link::new(io, early, outbox, *protocol, limits).map(|reason| seat.leave(reason)));
    })
}

/// The answer to a handshake that is wrong, which says what is.
pub(crate) fn refuse(request: &HttpRequest) -> Option<HttpResponse> {
    // Section 4.1: HTTP/1.1 or higher; an HTTP/1.0 peer would not understand the answer.
    if request.version() != Version::HTTP_11 {
        return Some(HttpResponse::BadRequest().reason("HTTP/1.1 is needed").finish());
    }
    ws::verify_handshake(request.head()).err().map(|error| actix_http::Response::from(error).into())
}

/// Answers a checked handshake with 101 and then hands the stream over, with what was read beyond the request; `None`
/// where the connection is lost before.
pub(crate) fn take_over(
    request: &HttpRequest,
    payload: web::Payload,
    tasks: &TaskTracker,
    hand_over: impl AsyncFnOnce(Option<(TcpStream, Vec<u8>)>) + 'static,
) -> HttpResponse {
    let Some(claim) = request.conn_data::<UpgradeSlot>().and_then(UpgradeSlot::claim) else { return full() };
    tasks.spawn_local(async move {
        let taken = match claim.await {
            Ok(io) => Some((io, take_early(payload).await)),
            Err(_) => None,
        };
        hand_over(taken).await;
    });
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY).map(header::HeaderValue::as_bytes);
    let accept = header::HeaderValue::from_bytes(&ws::hash_key(key.unwrap_or_default()));
    let mut response = HttpResponse::build(StatusCode::SWITCHING_PROTOCOLS);
    response.upgrade("websocket");
    if let Ok(accept) = accept {
        response.insert_header((header::SEC_WEBSOCKET_ACCEPT, accept));
    }
    response.finish()
}

/// What a request gets that asks for no WebSocket where there is nothing else.
pub(crate) fn not_an_upgrade() -> HttpResponse {
    HttpResponse::BadRequest().insert_header((header::CONTENT_TYPE, headers::TEXT)).body(headers::NOT_A_WEBSOCKET)
}

/// What a socket gets that there is no room for.
pub(crate) fn full() -> HttpResponse {
    let detail = "This node takes no more sockets at the moment. Try again in a few seconds.";
    HttpResponse::from_error(Problem::new(ErrorCode::Unavailable, detail))
}

/// What the HTTP server had read beyond the request. It is all there already, since the server has let go.
async fn take_early(mut payload: web::Payload) -> Vec<u8> {
    let mut early = Vec::new();
    while let Some(Ok(chunk)) = payload.next().await
        && early.len() < EARLY_BYTES_MAX
    {
        early.extend_from_slice(&chunk);
    }
    early
}
