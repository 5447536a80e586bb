//! `GET /api/sessions/{id}/analytics`. Everything is computed from what was kept, never counted along.

use std::time::Duration;

use mockly_data::Store;
use mockly_domain::access::Action;
use mockly_domain::analytics::{Analytics, HandAnalytics, peak};
use mockly_domain::{RoomId, SessionId};

use super::open_polls;
use crate::sessions::attended;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// What came of a session so far.
    ///
    /// # Errors
    /// `session-not-found`, `access-denied`, and the own status.
    pub async fn analytics(&self, caller: &Principal, id: SessionId) -> Result<Analytics, ServiceError> {
        let session = self.authorized(caller, id, Action::ReadRecords).await?;
        let (db, room_id) = (self.db(), RoomId(id.0));
        let now = session.ended_at.unwrap_or_else(|| self.now());
        let attended = attended(db, &session, now).await?;
        let polls = db.polls().list(room_id).await?;
        Ok(Analytics {
            duration_sec: session.started_at.map_or(0, |started| now.since(started).as_secs()),
            unique_participants: u32::try_from(attended.len()).unwrap_or(u32::MAX),
            peak_participants: peak(attended.values().flatten()),
            messages: db.chat().count_by_type(room_id).await?,
            hands: hands(&db.hands().list(room_id).await?),
            polls: open_polls::views(db, &polls).await?,
        })
    }
}

fn hands(hands: &[mockly_data::RoomHand]) -> HandAnalytics {
    let waits: Vec<Duration> = hands.iter().filter_map(|hand| Some(hand.lowered_at?.since(hand.raised_at))).collect();
    let average = match u32::try_from(waits.len()) {
        Ok(count) if count > 0 => waits.iter().sum::<Duration>() / count,
        _ => Duration::ZERO,
    };
    HandAnalytics { raised: u32::try_from(hands.len()).unwrap_or(u32::MAX), average_wait_sec: average.as_secs_f64() }
}
