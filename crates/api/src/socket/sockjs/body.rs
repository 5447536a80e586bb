//! The responses that carry a session's frames.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use mockly_realtime::Outbox;
use mockly_sockjs::{ProtocolSession, Receiver, ReceiverKind};

use super::driver::Driver;
use super::session::HttpSession;
use crate::socket::framing::Framing;
use crate::socket::protocol::Protocol;
use crate::socket::sockets::Sockets;

/// A response body: frames as they come, until the transport's own end.
pub(super) struct ReceiverBody {
    sockets: Arc<Sockets>,
    session: Arc<HttpSession>,
    receiver: Receiver,
}

impl Stream for ReceiverBody {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let body = self.get_mut();
        let now = body.sockets.now();
        body.session.poll_receiver(cx, now, &mut body.receiver).map(|chunk| chunk.map(Ok))
    }
}

impl Drop for ReceiverBody {
    fn drop(&mut self) {
        self.session.detach(self.sockets.now(), &mut self.receiver);
    }
}

/// Serves a receiving request of a session that exists.
pub(super) fn receive(sockets: &Arc<Sockets>, session: Arc<HttpSession>, kind: ReceiverKind) -> ReceiverBody {
    let receiver = session.attach(sockets.now(), kind);
    ReceiverBody { sockets: Arc::clone(sockets), session, receiver }
}

/// Makes a session for the first receiving request of its id; `None` when the node takes no more sockets.
pub(super) fn open_session<P: Protocol + Unpin + 'static>(
    sockets: &Arc<Sockets>,
    sid: &str,
    kind: ReceiverKind,
    speak: impl FnOnce(Outbox) -> P,
) -> Option<ReceiverBody> {
    let outbox = Outbox::new(sockets.settings.outbox_bytes_max);
    let seat = sockets.registry.enter(&outbox, Framing::SockJsHttp.label())?;
    let (session, receiver) = ProtocolSession::open(sockets.now(), kind.clone(), sockets.settings.sockjs);
    let session = Arc::new(HttpSession::new(session));
    if let Err(present) = sockets.sockjs.insert(sid, &session) {
        return Some(receive(sockets, present, kind));
    }
    let connection = speak(outbox.clone());
    let driver = Driver::new(Arc::clone(sockets), sid, Arc::clone(&session), outbox, connection, seat);
    sockets.tasks.spawn_local(driver);
    Some(ReceiverBody { sockets: Arc::clone(sockets), session, receiver })
}
