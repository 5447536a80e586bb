//! The listening server.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;

use crate::app::build_app;
use crate::socket::{self, SocketRoutes, Sockets};
use crate::state::ApiState;

/// Starts to serve on a listener that is bound already: the REST application, and the sockets.
///
/// The server handles no signals. Whoever runs it lets `/readyz` fail ([`ApiState::start_draining`]),
/// [pauses](actix_web::dev::ServerHandle::pause) it and ends the listening, closes the sockets ([`Sockets::drain`]), and
/// only then stops it through [`Server::handle`], which lets running requests finish within the configured time. Sockets
/// are no requests any more: a stop does not wait for them, it ends them where they are.
///
/// # Errors
/// Where the listener cannot be used.
pub fn http_server(state: Arc<ApiState>, sockets: Arc<Sockets>, listener: TcpListener) -> std::io::Result<Server> {
    let settings = state.settings.clone();
    let write_timeout = sockets.settings.write_timeout;
    let routes = SocketRoutes::new(sockets);
    socket::serve(listener, &settings, write_timeout, move || build_app(Arc::clone(&state), Some(routes.clone())))
}
