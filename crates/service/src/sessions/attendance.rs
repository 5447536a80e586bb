//! `GET /api/sessions/{id}/attendance` (R12).

use std::collections::HashMap;

use mockly_data::Store;
use mockly_domain::access::Action;
use mockly_domain::attendance::{Interval, merge, total_sec};
use mockly_domain::{Participant, ParticipantRole, RoomId, Session, SessionId, Timestamp, UserId};

use super::change::PLACES_MAX;
use crate::{Principal, ServiceError, Services};

/// One participant's attendance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendanceRow {
    /// User.
    pub user_id: UserId,
    /// Name.
    pub user_display_name: String,
    /// Role in the session.
    pub role: ParticipantRole,
    /// When they first joined.
    pub first_joined_at: Option<Timestamp>,
    /// When they last left; `None` while they are in.
    pub last_left_at: Option<Timestamp>,
    /// Seconds attended.
    pub total_sec: u64,
    /// Seconds after `scheduledAt` at which they came; 0 where they did not come.
    pub late_sec: u64,
    /// Whether the session is over and they never came.
    pub no_show: bool,
    /// When they were there, merged over tabs and reconnects.
    pub intervals: Vec<(Timestamp, Timestamp)>,
}

impl Services {
    /// Who attended a session, and when.
    ///
    /// # Errors
    /// `session-not-found`, `access-denied`, and the own status.
    pub async fn attendance(&self, caller: &Principal, id: SessionId) -> Result<Vec<AttendanceRow>, ServiceError> {
        let session = self.authorized(caller, id, Action::ReadRecords).await?;
        let participants = self.db().participants().list(id, PLACES_MAX).await?;
        let now = session.ended_at.unwrap_or_else(|| self.now());
        let attended = attended(self.db(), &session, now).await?;
        let ids = participants.iter().map(|participant| &participant.user_id);
        let users = self.db().users().find_many(ids).await?;
        let rows = participants.iter().map(|participant| {
            let name =
                users.get(&participant.user_id).map_or_else(|| "User".to_owned(), |user| user.display_name.clone());
            let merged = attended.get(&participant.user_id).cloned().unwrap_or_default();
            row(&session, participant, name, merged, now)
        });
        Ok(rows.collect())
    }
}

/// When everybody was there: at a door or in the media room, merged over tabs and reconnects, open intervals cut at
/// `now`. Users who never were are absent.
pub(crate) async fn attended(
    store: &impl Store,
    session: &Session,
    now: Timestamp,
) -> Result<HashMap<UserId, Vec<(Timestamp, Timestamp)>>, ServiceError> {
    let mut intervals: HashMap<UserId, Vec<Interval>> = HashMap::new();
    for connection in store.livekit().list_participants(session.id).await? {
        if connection.left_at != Some(connection.joined_at) {
            let interval = Interval { from: connection.joined_at, until: connection.left_at };
            intervals.entry(connection.user_id).or_default().push(interval);
        }
    }
    for connection in store.room_connections().list_present(RoomId(session.id.0)).await? {
        if let Some(from) = connection.present_from {
            intervals.entry(connection.user_id).or_default().push(Interval { from, until: connection.closed_at });
        }
    }
    Ok(intervals.into_iter().map(|(user, intervals)| (user, merge(intervals, now))).collect())
}

fn row(
    session: &Session,
    participant: &Participant,
    user_display_name: String,
    mut merged: Vec<(Timestamp, Timestamp)>,
    now: Timestamp,
) -> AttendanceRow {
    // Whoever joined by REST alone was seen by no connection: what they said is all there is.
    if merged.is_empty()
        && let Some(from) = participant.joined_at
    {
        merged = merge(vec![Interval { from, until: participant.left_at }], now);
    }
    // One whose coming was told after their going never joined by our account, and was there all the same.
    let first_joined_at = participant.joined_at.into_iter().chain(merged.first().map(|(from, _)| *from)).min();
    let last_seen = || merged.last().map(|(_, until)| *until).filter(|_| participant.joined_at.is_none());
    AttendanceRow {
        user_id: participant.user_id.clone(),
        user_display_name,
        role: participant.role,
        first_joined_at,
        last_left_at: participant.left_at.or_else(last_seen),
        total_sec: total_sec(&merged),
        late_sec: first_joined_at.map_or(0, |joined| joined.since(session.scheduled_at).as_secs()),
        no_show: first_joined_at.is_none() && !session.status.is_open(),
        intervals: merged,
    }
}
