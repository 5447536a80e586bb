//! The commands that take time, as futures that exist only while they run.

use std::rc::Rc;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use mockly_domain::ErrorCode;
use mockly_realtime::{Connection, Outbox, Topic};
use mockly_service::Principal;
use mockly_stomp::{Receipt, Subscribe, Version};

use super::encoding::StompEncoding;
use super::refusal::Refused;
use super::subscribe::{Active, SubscribeCommand};
use crate::socket::credential::Credential;
use crate::socket::framing::Framing;
use crate::socket::sockets::Sockets;

/// A command on its way.
pub(super) type Running = LocalBoxFuture<'static, Done>;

/// What came of a command.
pub(super) enum Done {
    /// A CONNECT.
    Connected(Result<Member, Refused>),
    /// A SUBSCRIBE, with the receipt to complete.
    Subscribed(Result<Active, Refused>, Option<Receipt>),
}

/// Who is connected, and what they listen to.
pub(super) struct Member {
    pub(super) principal: Rc<Principal>,
    pub(super) connection: Arc<Connection>,
    pub(super) subscriptions: Vec<Active>,
    /// When the connection ends with its token, in milliseconds of the sockets' clock.
    pub(super) expires_at: u64,
}

/// CONNECT: finds out who it is and takes a place among the user's sockets.
pub(super) fn connect(sockets: Arc<Sockets>, credential: Option<Credential>, outbox: Outbox) -> Running {
    async move { Done::Connected(admit(&sockets, credential, outbox).await) }.boxed_local()
}

async fn admit(sockets: &Sockets, credential: Option<Credential>, outbox: Outbox) -> Result<Member, Refused> {
    let Some(credential) = credential else {
        let detail = "Send an access token in CONNECT as `Authorization: Bearer <token>` or `token`, or connect to a URL \
                      with `?ticket=`.";
        return Err(Refused::new(ErrorCode::Unauthenticated, detail));
    };
    let principal = credential.verify(&sockets.services).await?;
    let sockets_max = sockets.settings.sockets_per_user_max;
    let connection = sockets
        .hub()
        .admit(principal.user_id().clone(), principal.is_admin(), outbox, sockets_max)
        .map_err(|error| Refused::new(ErrorCode::LimitExceeded, format!("There may be {error}.")))?;
    let expires_at = sockets.expires_at(&principal);
    Ok(Member { principal: Rc::new(principal), connection, subscriptions: Vec::new(), expires_at })
}

/// SUBSCRIBE of a member.
///
/// # Errors
/// `unknown-destination`.
pub(super) fn subscribe(
    sockets: &Arc<Sockets>,
    member: &Member,
    framing: Framing,
    version: Version,
    frame: Subscribe,
) -> Result<Running, (Refused, Option<Receipt>)> {
    let Subscribe { id, destination, ack, headers, receipt } = frame;
    let topic = match Topic::parse(&destination) {
        Ok(topic) => topic,
        Err(error) => return Err((Refused::new(ErrorCode::UnknownDestination, format!("There is {error}.")), receipt)),
    };
    let command = SubscribeCommand {
        topic,
        last_event_id: headers.find("last-event-id").filter(|id| !id.is_empty()).map(str::to_owned),
        encoding: Arc::new(StompEncoding::new(framing, version, &id, ack)),
        id: id.into(),
        sockets: Arc::clone(sockets),
        principal: Rc::clone(&member.principal),
        connection: Arc::clone(&member.connection),
    };
    Ok(async move { Done::Subscribed(command.run().await, receipt) }.boxed_local())
}
