//! Between actix-web and the library, which expects the types of `http` and a stream of its own.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt as _, Full};
use mockly_domain::ErrorCode;
use mockly_realtime::{Disconnect, Outbox};
use serde_json::json;
use tower_service::Service;

use super::link::{Link, Links};
use super::stream::TakenStream;
use crate::problem::Problem;
use crate::socket::body::{self, BodyError};
use crate::socket::gate;
use crate::socket::sockets::Sockets;
use crate::socket::ws::handshake;

/// Bytes of disconnection news at most; nothing else is queued for a session as a whole.
const OUTBOX_BYTES: usize = 1024;
/// Between the packets of one body of the polling transport.
const SEPARATOR: u8 = 0x1e;
/// What the polling transport asks with.
const METHODS: &str = "OPTIONS, GET, POST";

/// What speaks the protocol: an Engine.IO service, with Socket.IO upon it or not.
pub trait Engine: Send + Sync + 'static {
    /// Answers a request of the polling transport.
    fn answer(&self, request: http::Request<Full<Bytes>>) -> BoxFuture<'static, http::Response<Bytes>>;

    /// Speaks on a WebSocket whose handshake is done.
    fn take_over(&self, stream: TakenStream, request: http::Request<()>);
}

impl<S, B> Engine for S
where
    S: Service<http::Request<Full<Bytes>>, Response = http::Response<B>, Error = Infallible>,
    S: Service<(TakenStream, http::Request<()>), Response = ()>,
    S: Clone + Send + Sync + 'static,
    <S as Service<http::Request<Full<Bytes>>>>::Future: Send + 'static,
    <S as Service<(TakenStream, http::Request<()>)>>::Future: Send + 'static,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
{
    fn answer(&self, request: http::Request<Full<Bytes>>) -> BoxFuture<'static, http::Response<Bytes>> {
        let answer = Service::<http::Request<Full<Bytes>>>::call(&mut self.clone(), request);
        async move {
            let Ok(response) = answer.await;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            http::Response::from_parts(parts, body)
        }
        .boxed()
    }

    fn take_over(&self, stream: TakenStream, request: http::Request<()>) {
        let taken = Service::<(TakenStream, http::Request<()>)>::call(&mut self.clone(), (stream, request));
        // It is decided at once; what it refuses it has closed by dropping the stream.
        let _refused = taken.now_or_never();
    }
}

/// An engine at a path of the application. Clones are the same.
#[derive(Clone)]
pub struct Bridge {
    engine: Arc<dyn Engine>,
    sockets: Arc<Sockets>,
    path: &'static str,
    links: Links,
}

/// The part of the query that the bridge looks at.
#[derive(serde::Deserialize)]
struct Query {
    #[serde(rename = "EIO")]
    version: Option<String>,
    transport: Option<String>,
    sid: Option<String>,
}

impl Bridge {
    /// An engine for the sockets of a node; `path` is what it answers at.
    pub fn new(engine: impl Engine, sockets: Arc<Sockets>, path: &'static str) -> Self {
        Self { engine: Arc::new(engine), sockets, path, links: Links::default() }
    }

    /// Where it is, without a slash at the end.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// Answers one request of either transport.
    pub async fn serve(self, request: HttpRequest, payload: web::Payload) -> HttpResponse {
        if let Err(problem) = gate::pass(&request, &self.sockets) {
            return HttpResponse::from_error(problem);
        }
        if request.method() == Method::OPTIONS {
            return gate::preflight(&request, &self.sockets, METHODS);
        }
        let query = web::Query::<Query>::from_query(request.query_string()).map(web::Query::into_inner);
        let Ok(query) = query else { return refuse(&request, 3, "Bad request") };
        if query.version.as_deref() != Some("4") {
            return refuse(&request, 5, "Unsupported protocol version");
        }
        if handshake::is_upgrade(&request) {
            return self.upgrade(&request, payload, &query);
        }
        self.poll(&request, payload, &query).await
    }

    async fn poll(&self, request: &HttpRequest, payload: web::Payload, query: &Query) -> HttpResponse {
        // The whole body first: whoever does not send it takes no place.
        let body = match self.read(request, payload).await {
            Ok(body) => body,
            Err(refusal) => return refusal,
        };
        let known = query.sid.as_deref().and_then(|id| self.links.find(id));
        if let Some(link) = known.filter(|_| request.method() == Method::POST)
            && !link.take(body.split(|byte| *byte == SEPARATOR).count())
        {
            let detail = "More packets came than a client may send, and the session is over. Open a new one.";
            return HttpResponse::from_error(Problem::new(ErrorCode::RateLimited, detail));
        }
        // Everything else the engine knows best: which session is unknown, which method has no place here.
        let opens =
            query.sid.is_none() && query.transport.as_deref() == Some("polling") && request.method() == Method::GET;
        let link = opens.then(|| self.open("socketio_polling"));
        let link = match link {
            Some(None) => return handshake::full(),
            Some(Some(link)) => Some(link),
            None => None,
        };
        let Some(mut asked) = translate(request, Full::new(body)) else { return refuse(request, 3, "Bad request") };
        if let Some(link) = &link {
            asked.extensions_mut().insert(Arc::clone(link));
        }
        let answer = self.engine.answer(asked).await;
        if let Some(link) = link
            && let Some(id) = opened(answer.body())
        {
            self.answer_first_question(&id).await;
            self.links.name(&link, id);
        }
        let status = actix_web::http::StatusCode::from_u16(answer.status().as_u16()).unwrap_or_default();
        let mut response = HttpResponse::build(status);
        gate::insert_cors(request, &mut response);
        if let Some(kind) = answer.headers().get(http::header::CONTENT_TYPE) {
            response.insert_header((header::CONTENT_TYPE, kind.as_bytes()));
        }
        response.insert_header((header::CACHE_CONTROL, "no-store")).body(answer.into_body())
    }

    async fn read(&self, request: &HttpRequest, payload: web::Payload) -> Result<Bytes, HttpResponse> {
        let bytes_max = self.sockets.settings.frame_bytes_max;
        body::read(payload, bytes_max, &self.sockets.http).await.map_err(|error| {
            let (code, detail) = match error {
                BodyError::Broken => return refuse(request, 3, "Bad request"),
                BodyError::TooLarge => {
                    (ErrorCode::BodyTooLarge, format!("A request has at most {bytes_max} bytes; send less at once."))
                }
                BodyError::Late => {
                    let seconds = self.sockets.http.body_timeout.as_secs();
                    (ErrorCode::RequestTimeout, format!("The body did not arrive within {seconds} s."))
                }
            };
            HttpResponse::from_error(Problem::new(code, detail))
        })
    }

    /// The library asks whether the client is there as soon as a session is open, where the protocol has the first
    /// question come after `pingInterval`: it is polled off and answered before the client knows of the session. Nothing
    /// else can have been said yet.
    async fn answer_first_question(&self, id: &str) {
        let asked = self.engine.answer(request_of(self.path, id, http::Method::GET, b"")).await;
        if asked.body().as_ref() == b"2" {
            self.engine.answer(request_of(self.path, id, http::Method::POST, b"3")).await;
        }
    }

    fn upgrade(&self, request: &HttpRequest, payload: web::Payload, query: &Query) -> HttpResponse {
        if let Some(refusal) = handshake::refuse(request) {
            return refusal;
        }
        if query.transport.as_deref() != Some("websocket") {
            return refuse(request, 0, "Transport unknown");
        }
        let known = query.sid.as_deref().map(|id| self.links.find(id));
        let link = match known {
            Some(Some(link)) => link,
            Some(None) => return refuse(request, 1, "Session ID unknown"),
            None => match self.open("socketio") {
                Some(link) => link,
                None => return handshake::full(),
            },
        };
        let Some(mut asked) = translate(request, ()) else { return refuse(request, 3, "Bad request") };
        let opens = query.sid.is_none();
        if opens {
            asked.extensions_mut().insert(Arc::clone(&link));
        }
        let engine = Arc::clone(&self.engine);
        let write_timeout = self.sockets.settings.write_timeout;
        handshake::take_over(request, payload, &self.sockets.tasks, async move |taken| {
            if let Some((io, early)) = taken {
                engine.take_over(TakenStream::new(io, early, link, write_timeout, opens), asked);
            }
        })
    }

    /// Opens a session's place among the sockets, and watches over its end. `None` where the node is full or shuts down.
    fn open(&self, transport: &'static str) -> Option<Arc<Link>> {
        let outbox = Outbox::new(OUTBOX_BYTES);
        let seat = self.sockets.registry.enter(&outbox, transport)?;
        let link = Link::new(&self.links, seat, outbox.clone(), self.sockets.settings.commands);
        let (gone, hang_up, id) = (link.gone.clone(), link.hang_up.clone(), Arc::clone(&link.id));
        let (engine, path) = (Arc::clone(&self.engine), self.path);
        self.sockets.tasks.spawn(async move {
            tokio::select! {
                () = gone.cancelled() => {}
                _ = told_to_end(&outbox) => {
                    hang_up.cancel();
                    if let Some(id) = id.get() {
                        // What a client sends that closes its polling session: the poll that waits is answered, and the
                        // session is over. A session on a WebSocket refuses it, and has ended with its stream.
                        engine.answer(request_of(path, id, http::Method::POST, b"1")).await;
                    }
                }
            }
        });
        Some(link)
    }
}

/// Waits until the session is to end.
async fn told_to_end(outbox: &Outbox) -> Disconnect {
    poll_fn(|cx| {
        outbox.register(cx);
        outbox.disconnect_reason().map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

/// What a client of the polling transport sends in its session.
fn request_of(path: &str, id: &str, method: http::Method, packet: &'static [u8]) -> http::Request<Full<Bytes>> {
    let mut request = http::Request::new(Full::new(Bytes::from_static(packet)));
    *request.method_mut() = method;
    if let Ok(uri) = format!("{path}/?EIO=4&transport=polling&sid={id}").parse() {
        *request.uri_mut() = uri;
    }
    request
}

/// The same request in the types of `http`, as far as the engine looks at it.
fn translate<B>(request: &HttpRequest, body: B) -> Option<http::Request<B>> {
    let mut translated = http::Request::new(body);
    *translated.method_mut() = http::Method::from_bytes(request.method().as_str().as_bytes()).ok()?;
    *translated.uri_mut() = request.uri().to_string().parse().ok()?;
    for (name, value) in request.headers() {
        let name = http::HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        translated.headers_mut().append(name, http::HeaderValue::from_bytes(value.as_bytes()).ok()?);
    }
    Some(translated)
}

/// The id in the packet that opens a session: `0{"sid":"..."}`.
fn opened(answer: &Bytes) -> Option<String> {
    let json = answer.strip_prefix(b"0")?;
    let packet: serde_json::Value = serde_json::from_slice(json).ok()?;
    packet.get("sid")?.as_str().map(str::to_owned)
}

/// As Engine.IO's own server refuses.
fn refuse(request: &HttpRequest, code: u8, message: &str) -> HttpResponse {
    let mut response = HttpResponse::BadRequest();
    gate::insert_cors(request, &mut response);
    response.json(json!({ "code": code, "message": message }))
}
