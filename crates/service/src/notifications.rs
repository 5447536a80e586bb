//! Telling single users something that must not be missed: a row in the transaction of the change, delivered after the
//! commit on `/topic/users/{userId}/notifications` and over Socket.IO by the relay, on whichever nodes the user listens.
//!
//! To tell of something new: a variant of [`Notice`] with its event and payload. Whoever changes something calls
//! [`write`] in the same unit of work, or `Change::notify`, and says so in the [`Wakes`](crate::services::Wakes) of the
//! commit.

mod list;
mod notice;
mod read;
mod send;

use mockly_data::{Store, UnitOfWork};
use mockly_domain::{Notification, NotificationId, UserId, UserRole};

pub(crate) use notice::Notice;
pub use send::SentNotification;

use crate::{ServiceError, Services};

/// Most admins who are told of one thing.
const ADMINS_MAX: u64 = 100;

/// Stores one notification a recipient, all with one statement; whether there is anything to deliver.
pub(crate) async fn write(
    work: &UnitOfWork,
    services: &Services,
    recipients: &[UserId],
    notice: &Notice<'_>,
) -> Result<bool, ServiceError> {
    let (payload, created_at) = (notice.payload().to_string(), services.now());
    let rows: Vec<Notification> = recipients
        .iter()
        .map(|user| Notification {
            position: 0,
            id: NotificationId(services.inner.ids.uuid()),
            user_id: user.clone(),
            event: notice.event().to_owned(),
            payload: payload.clone(),
            created_at,
            read_at: None,
        })
        .collect();
    let stored = work.notifications().append_many(&rows, notice.subject().as_deref()).await?;
    Ok(stored > 0)
}

/// Those who run this server.
pub(crate) async fn admins(work: &UnitOfWork) -> Result<Vec<UserId>, ServiceError> {
    Ok(work.users().list_ids_with_role(UserRole::Admin, ADMINS_MAX).await?)
}
