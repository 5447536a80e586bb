//! The HTTP server whose sockets can be taken over.

use std::fmt;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_http::body::MessageBody;
use actix_http::{HttpService, Protocol, Request, Response};
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::Error;
use actix_web::dev::AppConfig;
use tokio::net::TcpStream;

use crate::settings::HttpSettings;
use crate::socket::transport::Upgradable;

/// How long a connection that is being closed may take to flush and to say good-bye.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Serves an application on a listener, as actix-web's `HttpServer` does, with sockets that handlers can take over.
///
/// Signals are left to the caller, who stops the server through its handle: open sockets are not requests any more, so
/// they do not hold it up; close them first by [`Sockets::drain`](crate::socket::Sockets::drain).
///
/// A peer that takes nothing of an answer for `write_timeout` loses its connection.
///
/// The head of a request must arrive within `head_timeout`, so that half-open handshakes go away by themselves.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve<F, I, S, B>(
    listener: TcpListener,
    settings: &HttpSettings,
    write_timeout: Duration,
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error>,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as actix_service::Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let local_address = listener.local_addr()?;
    let (keep_alive, head_timeout) = (settings.keep_alive, settings.head_timeout);
    let mut builder = ServerBuilder::new()
        .disable_signals()
        .max_concurrent_connections(settings.connections_per_worker_max)
        .shutdown_timeout(settings.shutdown_timeout.as_secs());
    if let Some(workers) = settings.workers {
        builder = builder.workers(workers);
    }
    let builder = builder.listen("mockly", listener, move || {
        let app = app().into_factory().map_err(|error| error.into().error_response());
        let http = HttpService::build()
            .keep_alive(keep_alive)
            .client_request_timeout(head_timeout)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .h1_allow_half_closed(false)
            .local_addr(local_address)
            .on_connect_ext(|io: &Upgradable, extensions| {
                extensions.insert(io.slot());
            })
            .finish(map_config(app, |()| AppConfig::default()));
        fn_service(move |io: TcpStream| async move {
            // Frames are joined before they are written; waiting for more would only delay them.
            let peer = io.set_nodelay(true).and_then(|()| io.peer_addr()).ok();
            Ok((Upgradable::new(io, write_timeout), Protocol::Http1, peer))
        })
        .and_then(http)
    })?;
    Ok(builder.run())
}
