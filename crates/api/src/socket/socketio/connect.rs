//! Who connects, and what they hear.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use mockly_domain::ErrorCode;
use mockly_realtime::{Connection, Disconnect, Encoding, Message, Outbox, Resume, Topic};
use mockly_service::Principal;
use serde_json::Value;
use socketioxide::extract::{SocketRef, TryData};
use socketioxide::handler::ConnectHandler as _;
use socketioxide::{SendError, SocketError, SocketIo};
use tokio_util::sync::CancellationToken;

use super::link::Link;
use crate::socket::credential::{Credential, bearer};
use crate::socket::sockets::Sockets;

/// How soon it is looked again whether a client's packets have gone out.
const FULL_PAUSE: Duration = Duration::from_millis(50);
/// How soon a session is over that was told to end, with some to spare.
const OVER_WITHIN: Duration = Duration::from_secs(1);
/// Chunks taken off the outbox at once.
const CHUNKS_MAX: usize = 8;

/// One who was let in, and their place among the user's sockets.
#[derive(Clone)]
struct Admitted {
    principal: Arc<Principal>,
    connection: Arc<Connection>,
}

/// Why somebody was not let in, as `connect_error` says it.
#[derive(Debug)]
enum Refusal {
    NoToken,
    BadToken,
    TooMany(String),
    Unavailable,
    Failed,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoToken => "Authentication token required",
            Self::BadToken => "Authentication failed",
            Self::TooMany(text) => text,
            Self::Unavailable => "Service unavailable, try again in a few seconds",
            Self::Failed => "The server failed to check the token; its log says why",
        })
    }
}

/// The body as it is stored, or emitted elsewhere; what the client gets is made from it.
struct Body;

impl Encoding for Body {
    fn key(&self) -> &'static str {
        "socketio"
    }

    fn encode(&self, _: &Topic, message: &Message, _: Resume) -> Bytes {
        message.body.clone()
    }
}

/// Takes clients in at the namespace `/`.
pub(super) fn take_clients(io: &SocketIo, sockets: &Arc<Sockets>) {
    let at_the_door = Arc::clone(sockets);
    let inside = Arc::clone(sockets);
    let admit = move |socket: SocketRef, TryData(auth): TryData<Value>| {
        let sockets = Arc::clone(&at_the_door);
        async move { admit(&sockets, &socket, auth.ok().as_ref()).await }
    };
    let attend = move |socket: SocketRef| {
        let sockets = Arc::clone(&inside);
        async move { attend(&sockets, &socket).await }
    };
    io.ns("/", attend.with(admit));
}

async fn admit(sockets: &Arc<Sockets>, socket: &SocketRef, auth: Option<&Value>) -> Result<(), Refusal> {
    let credential = credential(socket.req_parts(), auth).ok_or(Refusal::NoToken)?;
    let principal = match credential.verify(&sockets.services).await {
        Ok(principal) => principal,
        Err(error) if matches!(error.code(), ErrorCode::Unavailable | ErrorCode::Internal) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a Socket.IO client could not be checked");
            if error.code() == ErrorCode::Internal {
                return Err(Refusal::Failed);
            }
            send_away(socket).await;
            return Err(Refusal::Unavailable);
        }
        Err(_refused) => return Err(Refusal::BadToken),
    };
    let outbox = Outbox::new(sockets.settings.outbox_bytes_max);
    let connection = sockets
        .hub()
        .admit(principal.user_id().clone(), principal.is_admin(), outbox, sockets.settings.sockets_per_user_max)
        .map_err(|error| Refusal::TooMany(format!("There may be {error}")))?;
    socket.extensions.insert(Admitted { principal: Arc::new(principal), connection });
    Ok(())
}

/// Ends the session of one who could not be checked. A client that is refused by a packet does not come back by itself;
/// one that loses its transport does, so the packet waits until there is nobody to get it.
async fn send_away(socket: &SocketRef) {
    if let Some(link) = socket.req_parts().extensions.get::<Arc<Link>>() {
        link.end_for(Disconnect::GoingAway { retry_after_ms: 0 }, ErrorCode::Unavailable.as_str());
        tokio::time::sleep(OVER_WITHIN).await;
    }
}

/// What a client is let in by: `auth: {token}`, else what the request carries that opened the session.
fn credential(opened_by: &http::request::Parts, auth: Option<&Value>) -> Option<Credential> {
    let given = auth.and_then(|auth| auth.get("token")).and_then(Value::as_str).filter(|token| !token.is_empty());
    if let Some(token) = given {
        return Some(Credential::Token(bearer(token).unwrap_or(token).to_owned()));
    }
    let header = opened_by.headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    // Only an upgrade may carry one in its URL; a request of the polling transport is one like those of REST.
    let upgrades_to = opened_by.headers.get(http::header::UPGRADE).and_then(|value| value.to_str().ok());
    let is_upgrade = upgrades_to.is_some_and(|value| value.to_ascii_lowercase().contains("websocket"));
    let query = opened_by.uri.query().filter(|_| is_upgrade).unwrap_or_default();
    Credential::of_parts(header, query)
}

/// Sends one client what its user is told, until either is over.
async fn attend(sockets: &Arc<Sockets>, socket: &SocketRef) {
    let Some(Admitted { principal, connection }) = socket.extensions.remove::<Admitted>() else { return };
    let link = socket.req_parts().extensions.get::<Arc<Link>>().cloned();
    let left = CancellationToken::new();
    let leaving = left.clone();
    socket.on_disconnect(move || {
        let leaving = leaving.clone();
        async move { leaving.cancel() }
    });
    // One that left before the handler stood called none.
    if !socket.connected() {
        left.cancel();
    }
    let user = principal.user_id().clone();
    // Counted first: whoever hears of the subscriptions counts it in.
    sockets.socketio_clients.enter();
    let subscriptions = [Topic::UserNotifications(user.clone()), Topic::UserEmits(user.clone())]
        .map(|topic| sockets.hub().attach(&topic, Arc::clone(&connection), Arc::new(Body)));
    for subscription in &subscriptions {
        subscription.release(Resume::Seamless);
    }
    tracing::info!(connection.id = %socket.id, user.id = %user, "a Socket.IO client connected");

    let expiry = tokio::time::sleep_until(sockets.instant(sockets.expires_at(&principal)));
    let (why, label) = tokio::select! {
        () = left.cancelled() => (Disconnect::Left, "client_closed"),
        () = expiry => (Disconnect::TokenExpired, Disconnect::TokenExpired.label()),
        why = deliver(sockets, socket, connection.outbox()) => (why, why.label()),
    };
    sockets.socketio_clients.leave();
    for subscription in &subscriptions {
        sockets.hub().detach(subscription);
    }
    if let Some(link) = link {
        // Without a DISCONNECT packet, after which the client would not come back by itself; and with the session, which
        // has no other namespace to go on for.
        link.end_for(why, label);
    }
    tracing::info!(connection.id = %socket.id, user.id = %user, "a Socket.IO client left");
}

/// Emits what is queued, and tells why it cannot go on.
async fn deliver(sockets: &Sockets, socket: &SocketRef, outbox: &Outbox) -> Disconnect {
    let mut chunks = Vec::new();
    loop {
        let next = poll_fn(|cx| {
            outbox.register(cx);
            if let Some(why) = outbox.disconnect_reason() {
                return Poll::Ready(Err(why));
            }
            outbox.take(&mut chunks, CHUNKS_MAX, usize::MAX);
            if chunks.is_empty() { Poll::Pending } else { Poll::Ready(Ok(())) }
        });
        if let Err(why) = next.await {
            return why;
        }
        for chunk in chunks.drain(..) {
            let Some((event, payload)) = event_of(&chunk) else { continue };
            match tokio::time::timeout(sockets.settings.write_timeout, emit(socket, &event, &payload)).await {
                Ok(true) => {}
                Ok(false) => return Disconnect::Left,
                Err(_elapsed) => return Disconnect::TooSlow,
            }
        }
    }
}

/// Emits one event as soon as there is room for it; `false` where the client is gone.
async fn emit(socket: &SocketRef, event: &str, payload: &Value) -> bool {
    loop {
        match socket.emit(event, payload) {
            Ok(()) => return true,
            Err(SendError::Socket(SocketError::InternalChannelFull)) => tokio::time::sleep(FULL_PAUSE).await,
            Err(_closed) => return false,
        }
    }
}

/// `{id, event, payload, timestamp}` as an event with its payload, which gets the time and keeps everything else.
fn event_of(body: &Bytes) -> Option<(String, Value)> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    let timestamp = body.get_mut("timestamp")?.take();
    let mut payload = body.get_mut("payload")?.take();
    if let Value::Object(payload) = &mut payload {
        payload.insert("timestamp".to_owned(), timestamp);
    }
    Some((body.get("event")?.as_str()?.to_owned(), payload))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_client_gets_the_payload_with_its_time() {
        let body = r#"{"id":"1","event":"a:b","payload":{"n":1,"timestamp":"old"},"timestamp":"now"}"#;
        let (event, payload) = event_of(&Bytes::from_static(body.as_bytes())).unwrap();
        assert_eq!((event.as_str(), payload), ("a:b", json!({ "n": 1, "timestamp": "now" })));
    }
}
