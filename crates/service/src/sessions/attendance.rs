//! `GET /api/sessions/{id}/attendance` (R12).

use mockly_data::{LivekitParticipant, Store};
use mockly_domain::access::Action;
use mockly_domain::attendance::{Interval, merge, total_sec};
use mockly_domain::{Participant, ParticipantRole, Session, SessionId, Timestamp, UserId};

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
        let participants = self.db().participants().list(id, 0, PLACES_MAX).await?;
        let connections = self.db().livekit().list_participants(id).await?;
        let ids = participants.iter().map(|participant| &participant.user_id);
        let users = self.db().users().find_many(ids).await?;
        let rows = participants.iter().map(|participant| {
            let name =
                users.get(&participant.user_id).map_or_else(|| "User".to_owned(), |user| user.display_name.clone());
            row(&session, participant, name, &connections, self.now())
        });
        Ok(rows.collect())
    }
}

fn row(
    session: &Session,
    participant: &Participant,
    user_display_name: String,
    connections: &[LivekitParticipant],
    now: Timestamp,
) -> AttendanceRow {
    let now = session.ended_at.unwrap_or(now);
    let mut intervals: Vec<Interval> = connections
        .iter()
        .filter(|connection| connection.user_id == participant.user_id)
        .filter(|connection| connection.left_at != Some(connection.joined_at))
        .map(|connection| Interval { from: connection.joined_at, until: connection.left_at })
        .collect();
    // Whoever joined by REST alone was seen by no connection: what they said is all there is.
    if intervals.is_empty()
        && let Some(from) = participant.joined_at
    {
        intervals.push(Interval { from, until: participant.left_at });
    }
    let merged = merge(intervals, now);
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
