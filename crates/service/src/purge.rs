//! Deleting what nobody will ask for any more.

use std::time::Duration;

use mockly_data::{Database, Store};
use mockly_domain::Timestamp;

use crate::{ServiceError, Services};

/// LiveKit repeats a webhook for seconds only.
const WEBHOOKS_KEPT_FOR: Duration = Duration::from_hours(24);
/// Long enough for somebody to look at why it died.
const DEAD_JOBS_KEPT_FOR: Duration = Duration::from_hours(30 * 24);
/// Notifications are read long after they were told.
const NOTIFICATIONS_KEPT_FOR: Duration = Duration::from_hours(90 * 24);
/// Doors do not resume: whoever comes back gets the state. Longer than any node needs to read what it has not seen.
const ROOM_EVENTS_KEPT_FOR: Duration = Duration::from_mins(10);
/// Rows deleted in one transaction, so that nobody waits long for a turn to write.
const PURGE_BATCH: u64 = 1_000;

impl Services {
    /// Deletes what nobody will ask for any more.
    pub(crate) async fn purge(&self) -> Result<(), ServiceError> {
        let now = self.now();
        let work = self.begin().await?;
        work.refresh_tokens().purge(now).await?;
        work.tickets().purge(now).await?;
        work.idempotency().purge(now).await?;
        work.inbox().purge(now.minus(WEBHOOKS_KEPT_FOR)).await?;
        work.jobs().purge_dead(now.minus(DEAD_JOBS_KEPT_FOR)).await?;
        work.commit().await?;
        let before = now.minus(self.inner.settings.events_kept_for);
        while purge_events(self.db(), before).await? == PURGE_BATCH {}
        while purge_room_events(self.db(), now.minus(ROOM_EVENTS_KEPT_FOR)).await? == PURGE_BATCH {}
        while purge_notifications(self.db(), now.minus(NOTIFICATIONS_KEPT_FOR)).await? == PURGE_BATCH {}
        Ok(())
    }
}

async fn purge_room_events(db: &Database, before: Timestamp) -> Result<u64, ServiceError> {
    let work = db.begin().await?;
    let gone = work.room_events().purge(before, PURGE_BATCH).await?;
    work.commit().await?;
    Ok(gone)
}

async fn purge_events(db: &Database, before: Timestamp) -> Result<u64, ServiceError> {
    let work = db.begin().await?;
    let gone = work.events().purge(before, PURGE_BATCH).await?;
    work.commit().await?;
    Ok(gone)
}

async fn purge_notifications(db: &Database, before: Timestamp) -> Result<u64, ServiceError> {
    let work = db.begin().await?;
    let gone = work.notifications().purge(before, PURGE_BATCH).await?;
    work.commit().await?;
    Ok(gone)
}
