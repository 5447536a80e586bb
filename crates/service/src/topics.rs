//! What the sockets ask: may this user hear that topic, and what did they miss.

use std::sync::Arc;
use std::time::Duration;

use mockly_data::Store;
use mockly_domain::access::Action;
use mockly_domain::{ErrorCode, EventId, NotificationId, Timestamp};
use mockly_realtime::{Message, Topic};

use crate::relay::{message_of_event, message_of_notification, message_of_room};
use crate::{Principal, ServiceError, Services};

/// How far before the last message a user topic resumes: what it carries has no common order, so what was stored a little
/// earlier may have been sent a little later.
const USER_TOPIC_OVERLAP: Duration = Duration::from_mins(1);

/// Where a subscriber goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResumePoint {
    /// After this sequence of a session.
    Session {
        /// The last sequence that was received.
        sequence: i64,
    },
    /// On a user topic: everything stored since an instant, after a position.
    User {
        /// The instant.
        since: Timestamp,
        /// The position.
        position: i64,
    },
}

impl ResumePoint {
    /// Where to go on after a message.
    #[must_use]
    pub fn after(self, message: &Message) -> Self {
        match self {
            Self::Session { .. } => Self::Session { sequence: message.sequence },
            Self::User { since, .. } => Self::User { since, position: message.position },
        }
    }
}

impl Services {
    /// Decides whether the caller may hear a topic.
    ///
    /// # Errors
    /// `access-denied`, and the own status; a session that is not there is `access-denied` too.
    pub async fn authorize_topic(&self, caller: &Principal, topic: &Topic) -> Result<(), ServiceError> {
        match topic {
            Topic::Session(id) => match self.authorized(caller, *id, Action::Follow).await {
                Err(error) if error.code() == ErrorCode::SessionNotFound => Err(ErrorCode::AccessDenied.into()),
                answer => answer.map(drop),
            },
            // Nobody subscribes to these; doors and Socket.IO are ways in, with a decision of their own.
            Topic::Room(_) | Topic::UserEmits(_) => Err(ErrorCode::AccessDenied.into()),
            Topic::UserSessions(user) | Topic::UserNotifications(user) => {
                if user == caller.user_id() {
                    return Ok(());
                }
                Err(ServiceError::refused(ErrorCode::AccessDenied, "This topic belongs to another user."))
            }
        }
    }

    /// Finds the place in a topic that an event id names; `None` where the id is unknown, too old, or of another
    /// session.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn resume_point(&self, topic: &Topic, last_event_id: &str) -> Result<Option<ResumePoint>, ServiceError> {
        let kept_since = self.now().minus(self.inner.settings.events_kept_for);
        if let Topic::UserNotifications(user) = topic {
            let Ok(id) = last_event_id.parse::<NotificationId>() else { return Ok(None) };
            let found = self.db().notifications().find(id).await?;
            return Ok(found
                .filter(|notification| notification.user_id == *user && notification.created_at >= kept_since)
                .map(|notification| resume_user_topic(notification.created_at)));
        }
        let Ok(id) = last_event_id.parse::<EventId>() else { return Ok(None) };
        let found = self.db().events().find(id).await?.filter(|event| event.occurred_at >= kept_since);
        Ok(found.and_then(|event| match topic {
            Topic::Session(id) => {
                (event.session_id == *id).then_some(ResumePoint::Session { sequence: event.sequence })
            }
            Topic::UserSessions(_) | Topic::UserNotifications(_) => Some(resume_user_topic(event.occurred_at)),
            Topic::Room(_) | Topic::UserEmits(_) => None,
        }))
    }

    /// What comes after a place in a topic, in order, at most `limit`; empty at the end.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn replay(
        &self,
        topic: &Topic,
        point: &ResumePoint,
        limit: u64,
    ) -> Result<Vec<Arc<Message>>, ServiceError> {
        Ok(match (topic, point) {
            (Topic::Session(id), ResumePoint::Session { sequence }) => {
                let events = self.db().events().list_of_session(*id, *sequence, limit).await?;
                events.iter().map(|event| Arc::new(message_of_event(event))).collect()
            }
            (Topic::UserSessions(user), ResumePoint::User { since, position }) => {
                let events = self.db().events().list_of_user(user, *since, *position, limit).await?;
                events.iter().map(|event| Arc::new(message_of_event(event))).collect()
            }
            (Topic::UserNotifications(user), ResumePoint::User { since, position }) => {
                let told = self.db().notifications().list_of_user(user, *since, *position, limit).await?;
                told.iter().map(|notification| Arc::new(message_of_notification(notification))).collect()
            }
            (Topic::Room(id), ResumePoint::Session { sequence }) => {
                let events = self.db().room_events().list_of_room(*id, *sequence, limit).await?;
                events.into_iter().map(|event| Arc::new(message_of_room(event))).collect()
            }
            _ => Vec::new(),
        })
    }
}

/// A user's topics have no order but that of storing.
fn resume_user_topic(stored_at: Timestamp) -> ResumePoint {
    ResumePoint::User { since: stored_at.minus(USER_TOPIC_OVERLAP), position: 0 }
}
