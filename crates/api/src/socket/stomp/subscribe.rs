//! SUBSCRIBE: from a held subscription over its right and what was missed to a live one.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use mockly_domain::SessionId;
use mockly_realtime::{Connection, Encoding, Message, Outbox, Released, Resume, Subscription, Topic};
use mockly_service::{Principal, ResumePoint};

use super::refusal::Refused;
use crate::socket::sockets::Sockets;

/// Messages that one query of a replay reads. Each may be some KiB, so a page stays well below an outbox.
const REPLAY_PAGE: u64 = 50;

/// One subscription of a connection; ends when it is dropped, whatever the cause.
pub(super) struct Active {
    /// The id that the client gave it.
    pub(super) id: Box<str>,
    subscription: Arc<Subscription>,
    sockets: Arc<Sockets>,
    principal: Rc<Principal>,
    /// The session that was told of it.
    told: Option<SessionId>,
}

/// A SUBSCRIBE whose destination is known.
pub(super) struct SubscribeCommand {
    pub(super) id: Box<str>,
    pub(super) topic: Topic,
    pub(super) last_event_id: Option<String>,
    pub(super) encoding: Arc<dyn Encoding>,
    pub(super) sockets: Arc<Sockets>,
    pub(super) principal: Rc<Principal>,
    pub(super) connection: Arc<Connection>,
}

impl SubscribeCommand {
    /// Carries it out. What is published meanwhile is held, so the replay and the live messages join without a gap.
    ///
    /// # Errors
    /// As [`Services::authorize_topic`](mockly_service::Services::authorize_topic); nothing of the topic was sent then.
    pub(super) async fn run(self) -> Result<Active, Refused> {
        let Self { id, topic, last_event_id, encoding, sockets, principal, connection } = self;
        let subscription = sockets.hub().attach(&topic, Arc::clone(&connection), encoding);
        let mut active = Active { id, subscription, sockets, principal, told: None };
        active.authorize().await?;
        let services = active.sockets.services.clone();
        let point = match &last_event_id {
            Some(event_id) => services.resume_point(&topic, event_id).await?,
            None => None,
        };
        active.go_live(point, last_event_id.is_some(), connection.outbox()).await?;
        // A right that ended meanwhile leaves nobody who listens.
        if let Some(session_id) = topic.session_id().filter(|_| !active.has_ended()) {
            services.topic_opened(&active.principal, session_id);
            active.told = Some(session_id);
        }
        Ok(active)
    }
}

impl Active {
    /// Whether nothing more comes, because the right to it ended.
    pub(super) fn has_ended(&self) -> bool {
        self.subscription.has_ended()
    }

    async fn authorize(&self) -> Result<(), Refused> {
        Ok(self.sockets.services.authorize_topic(&self.principal, self.subscription.topic()).await?)
    }

    async fn go_live(&self, mut point: Option<ResumePoint>, asked: bool, outbox: &Outbox) -> Result<(), Refused> {
        let resume = if asked && point.is_none() { Resume::Lost } else { Resume::Seamless };
        loop {
            if let Some(from) = point.take() {
                point = Some(self.replay(from, outbox).await?);
            }
            match self.subscription.release(resume) {
                Released::Live | Released::Ended => return Ok(()),
                Released::Missed if point.is_some() => {}
                Released::Missed => {
                    self.subscription.release(Resume::Lost);
                    return Ok(());
                }
            }
        }
    }

    /// Sends what is stored after the point, page by page and no faster than the peer reads, and tells where it ended.
    async fn replay(&self, mut from: ResumePoint, outbox: &Outbox) -> Result<ResumePoint, Refused> {
        loop {
            let page = self.sockets.services.replay(self.subscription.topic(), &from, REPLAY_PAGE).await?;
            // A right that ended while the page was read may end before some of its messages. Asked after the page was
            // read, it covers all of them.
            self.authorize().await?;
            let Some(last) = page.last() else { return Ok(from) };
            from = from.after(last);
            for message in &page {
                if self.send(message, outbox).await.is_err() {
                    return Ok(from);
                }
            }
            if u64::try_from(page.len()).unwrap_or(u64::MAX) < REPLAY_PAGE {
                return Ok(from);
            }
        }
    }

    async fn send(&self, message: &Message, outbox: &Outbox) -> Result<(), mockly_realtime::Overload> {
        // Whoever empties the outbox polls this again when it has.
        poll_fn(|_| if outbox.has_room() { Poll::Ready(()) } else { Poll::Pending }).await;
        self.subscription.replay(message, Resume::Seamless)
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.sockets.hub().detach(&self.subscription);
        if let Some(session_id) = self.told {
            self.sockets.services.topic_closed(self.principal.user_id(), session_id);
        }
    }
}
