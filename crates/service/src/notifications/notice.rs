//! What there is to tell, and how it reads.

use mockly_data::Job;
use mockly_domain::room::Actor;
use mockly_domain::{Analysis, AnalysisStatus, EndReason, Session, Timestamp};
use serde_json::{Value, json};

/// Something to tell.
#[derive(Debug)]
pub(crate) enum Notice<'a> {
    /// To admins: the media room of a booked session cannot be made.
    LivekitRoomFailed { session: &'a Session },
    /// To whoever was given a part in a session by somebody else.
    Invited { session: &'a Session, by: &'a Actor },
    /// To everyone in a session: it starts soon.
    StartingSoon { session: &'a Session },
    /// To everyone else in a session.
    Started { session: &'a Session },
    /// To everyone else in a session.
    Canceled { session: &'a Session, reason: EndReason },
    /// To everyone else in a session.
    Rescheduled { session: &'a Session, before: Timestamp },
    /// To hosts: somebody waits to be let in.
    Waiting { session: &'a Session, who: &'a Actor },
    /// To hosts: a hand went up.
    HandRaised { session: &'a Session, who: &'a Actor },
    /// To whoever asked: how far the analysis of a recording is.
    Analysis { analysis: &'a Analysis, message: &'a str },
    /// To admins: follow-up work failed for good.
    JobDead { job: &'a Job, error: &'a str },
}

impl Notice<'_> {
    /// What its readers' code knows it by.
    pub(super) const fn event(&self) -> &'static str {
        match self {
            Self::LivekitRoomFailed { .. } => "livekit:room-failed",
            Self::Invited { .. } => "session:invited",
            Self::StartingSoon { .. } => "session:starting-soon",
            Self::Started { .. } => "session:started",
            Self::Canceled { .. } => "session:canceled",
            Self::Rescheduled { .. } => "session:rescheduled",
            Self::Waiting { .. } => "room:waiting",
            Self::HandRaised { .. } => "room:hand-raised",
            Self::Analysis { analysis, .. } => match analysis.status {
                AnalysisStatus::Queued | AnalysisStatus::Running => "analysis:started",
                AnalysisStatus::Succeeded => "analysis:completed",
                AnalysisStatus::Failed => "analysis:failed",
            },
            Self::JobDead { .. } => "job:dead",
        }
    }

    /// What it is about, where one who has not read the last of it needs no other: a hand that goes up and down must not
    /// fill its host's list.
    pub(super) fn subject(&self) -> Option<String> {
        match self {
            Self::Waiting { session, who } | Self::HandRaised { session, who } => {
                Some(format!("{}:{}:{}", self.event(), session.id, who.client_id))
            }
            Self::JobDead { job, .. } => Some(format!("{}:{}", self.event(), job.kind)),
            Self::LivekitRoomFailed { .. }
            | Self::Invited { .. }
            | Self::StartingSoon { .. }
            | Self::Started { .. }
            | Self::Canceled { .. }
            | Self::Rescheduled { .. }
            | Self::Analysis { .. } => None,
        }
    }

    pub(super) fn payload(&self) -> Value {
        match self {
            Self::LivekitRoomFailed { session } => of_session(
                session,
                "LiveKit did not make the room of this session. It is tried again when the session opens and whenever \
                 somebody asks for a token; check that LiveKit answers.",
            ),
            Self::Invited { session, by } => {
                let at = session.scheduled_at;
                let text = format!("{} invited you to \u{201c}{}\u{201d} at {at}.", by.display_name, session.title);
                about(of_session(session, &text), by)
            }
            Self::StartingSoon { session } => {
                let at = session.scheduled_at;
                of_session(session, &format!("\u{201c}{}\u{201d} starts at {at}.", session.title))
            }
            Self::Started { session } => {
                of_session(session, &format!("\u{201c}{}\u{201d} has started.", session.title))
            }
            Self::Canceled { session, reason } => {
                let why = if *reason == EndReason::Expired { ", because nobody came" } else { "" };
                let text = format!("\u{201c}{}\u{201d} was canceled{why}.", session.title);
                with(of_session(session, &text), "endReason", json!(reason))
            }
            Self::Rescheduled { session, before } => {
                let at = session.scheduled_at;
                let text = format!("\u{201c}{}\u{201d} was moved from {before} to {at}.", session.title);
                with(of_session(session, &text), "previousScheduledAt", json!(before))
            }
            Self::Waiting { session, who } => {
                let text = format!("{} waits to be let into \u{201c}{}\u{201d}.", who.display_name, session.title);
                about(of_session(session, &text), who)
            }
            Self::HandRaised { session, who } => {
                let text = format!("{} raised a hand in \u{201c}{}\u{201d}.", who.display_name, session.title);
                about(of_session(session, &text), who)
            }
            Self::Analysis { analysis, message } => json!({
                "interviewId": analysis.session_id,
                "analysisId": analysis.id,
                "message": message,
                "status": match analysis.status {
                    AnalysisStatus::Queued | AnalysisStatus::Running => "started",
                    AnalysisStatus::Succeeded => "success",
                    AnalysisStatus::Failed => "failed",
                },
            }),
            Self::JobDead { job, error } => json!({
                "jobId": job.id,
                "jobKind": job.kind,
                "attempts": job.attempts,
                "error": error,
                "message": "A job failed for good; there may be more of its kind. GET /api/admin/jobs?state=DEAD lists \
                            them, and POST /api/admin/jobs/{id}/retry has one tried again.",
            }),
        }
    }
}

/// What every notice of a session has.
fn of_session(session: &Session, message: &str) -> Value {
    json!({
        "sessionId": session.id,
        "title": session.title,
        "kind": session.kind,
        "scheduledAt": session.scheduled_at,
        "message": message,
    })
}

fn about(payload: Value, who: &Actor) -> Value {
    let payload = with(payload, "userId", json!(who.client_id));
    with(payload, "userDisplayName", json!(who.display_name))
}

fn with(mut payload: Value, name: &str, value: Value) -> Value {
    if let Value::Object(members) = &mut payload {
        members.insert(name.to_owned(), value);
    }
    payload
}
