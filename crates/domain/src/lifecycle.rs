//! The life of a session: `SCHEDULED -> ACTIVE -> ENDED`, or `SCHEDULED -> CANCELED`.

use std::time::Duration;

use crate::{ErrorCode, Session, SessionStatus, Timestamp};

/// How long nobody may come before a session expires.
pub const EXPIRY: Duration = Duration::from_hours(24);

/// How long before its planned start everyone in a session is reminded of it.
pub const REMINDED_BEFORE: Duration = Duration::from_mins(15);

/// What a wanted status means for the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// The status changes.
    Apply,
    /// It is the present state already; nothing happens and the answer is 200.
    Repeat,
}

/// Decides about a change of status.
///
/// # Errors
/// [`ErrorCode::InvalidTransition`] for every change that is not drawn above.
pub fn transition(from: SessionStatus, to: SessionStatus) -> Result<Transition, ErrorCode> {
    use SessionStatus::{Active, Canceled, Ended, Scheduled};
    match (from, to) {
        (Scheduled, Active | Canceled) | (Active, Ended) => Ok(Transition::Apply),
        (Active, Active) | (Ended, Ended) | (Canceled, Canceled) => Ok(Transition::Repeat),
        (Scheduled, Scheduled | Ended) | (Active, Scheduled | Canceled) | (Ended | Canceled, _) => {
            Err(ErrorCode::InvalidTransition)
        }
    }
}

/// When a SCHEDULED session that nobody joined is canceled: 24 h after the latest of its creation, its planned start
/// and its last reschedule (R1).
pub fn scheduled_expiry(session: &Session) -> Timestamp {
    session.created_at.max(session.scheduled_at).max(session.rescheduled_at).plus(EXPIRY)
}

/// When everyone in a SCHEDULED session is reminded of it.
pub fn reminder_at(session: &Session) -> Timestamp {
    session.scheduled_at.minus(REMINDED_BEFORE)
}

/// When an ACTIVE session to which nobody ever connected ends: 24 h after the later of its start and its planned end.
pub fn active_expiry(session: &Session) -> Timestamp {
    session.started_at.unwrap_or(session.scheduled_at).max(session.planned_end()).plus(EXPIRY)
}

/// When an ACTIVE session that has been empty since `empty_since` ends: after the timeout, and never before the
/// planned start plus the timeout, so that looking in early ends nothing.
pub fn empty_deadline(session: &Session, empty_since: Timestamp, timeout: Duration) -> Timestamp {
    empty_since.max(session.scheduled_at).plus(timeout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_statuses_is_decided() {
        use SessionStatus::{Active, Canceled, Ended, Scheduled};
        let allowed = [(Scheduled, Active), (Scheduled, Canceled), (Active, Ended)];
        for from in SessionStatus::ALL {
            for to in SessionStatus::ALL {
                let expected = if allowed.contains(&(*from, *to)) {
                    Ok(Transition::Apply)
                } else if from == to && *from != Scheduled {
                    Ok(Transition::Repeat)
                } else {
                    Err(ErrorCode::InvalidTransition)
                };
                assert_eq!(transition(*from, *to), expected, "{from} -> {to}");
            }
        }
    }
}
