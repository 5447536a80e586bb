//! `/ws` and what is below it: the doors of rooms, and the topics by plain WebSockets and SockJS.
//!
//! SockJS is a catch-all, behind everything that is more particular.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use mockly_domain::room::{Door, RoomKey};
use mockly_domain::{ConnectionId, ErrorCode};

use crate::problem::Problem;
use crate::request::RequestFacts;
use crate::socket::credential::Credential;
use crate::socket::gate;
use crate::socket::room::{Doorway, RoomConnection};
use crate::socket::socketio::{self, Bridge};
use crate::socket::sockets::Sockets;
use crate::socket::sockjs::SockJs;
use crate::socket::stomp::Topics;
use crate::socket::ws::handshake;
use crate::state::State;

/// Where the sockets are.
const PREFIX: &str = "/ws";

/// The sockets of a node with what every worker shares of them. Clones are the same.
#[derive(Clone)]
pub struct SocketRoutes {
    sockets: Arc<Sockets>,
    topics: SockJs<Topics>,
    notifications: Bridge,
}

impl SocketRoutes {
    /// Sets up what is shared.
    pub fn new(sockets: Arc<Sockets>) -> Self {
        let topics = SockJs::new(PREFIX, Arc::clone(&sockets), Topics::new(&sockets));
        Self { topics, notifications: socketio::serve_notifications(&sockets), sockets }
    }
}

/// Adds the routes, and the [`Sockets`] as `web::Data`.
pub(crate) fn configure(config: &mut web::ServiceConfig, routes: SocketRoutes) {
    let SocketRoutes { sockets, topics, notifications } = routes;
    config.app_data(web::Data::from(sockets));
    socketio::configure(config, notifications);
    // The doors first: SockJS keeps the rest.
    config.service(web::resource("/ws/{door:zoom|chat|screenshare|class}/{room_id}").to(serve_door));
    topics.configure(config);
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
        return Ok(handshake::not_an_upgrade());
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
