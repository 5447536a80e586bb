//! The listening server.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::HttpServer;
use actix_web::dev::Server;

use crate::app::build_app;
use crate::state::ApiState;

/// Starts to serve on a listener that is bound already.
///
/// The server handles no signals: whoever runs it first lets `/readyz` fail and closes the sockets, then stops it
/// through [`Server::handle`], which lets running requests finish within the configured time.
///
/// # Errors
/// Where the listener cannot be used.
pub fn http_server(state: Arc<ApiState>, listener: TcpListener) -> std::io::Result<Server> {
    let settings = state.settings.clone();
    let mut server = HttpServer::new(move || build_app(Arc::clone(&state)))
        .client_request_timeout(settings.head_timeout)
        .keep_alive(settings.keep_alive)
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .max_connections(settings.connections_per_worker_max)
        .disable_signals();
    if let Some(workers) = settings.workers {
        server = server.workers(workers);
    }
    Ok(server.listen(listener)?.run())
}
