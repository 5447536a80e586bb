//! Telling single users something that must not be missed: a row in the transaction of the change, delivered after the
//! commit on `/topic/users/{userId}/notifications` by the relay, on whichever nodes the user listens.
//!
//! To tell of something new: a variant of [`Notice`] with its event and payload. Whoever changes something calls
//! [`write`] in the same unit of work, or `Change::notify`, and says so in the [`Wakes`](crate::services::Wakes) of the
//! commit.

use mockly_data::{Store, UnitOfWork};
use mockly_domain::{Analysis, AnalysisStatus, Notification, NotificationId, Session, UserId, UserRole};
use serde_json::{Value, json};

use crate::{ServiceError, Services};

/// Most admins who are told of one thing.
const ADMINS_MAX: u64 = 100;

/// Something to tell.
#[derive(Debug)]
pub(crate) enum Notice<'a> {
    /// To admins: the media room of a booked session cannot be made.
    LivekitRoomFailed { session: &'a Session },
    /// To whoever asked: how far the analysis of a recording is.
    Analysis { analysis: &'a Analysis, message: &'a str },
}

impl Notice<'_> {
    /// What its readers' code knows it by.
    const fn event(&self) -> &'static str {
        match self {
            Self::LivekitRoomFailed { .. } => "livekit:room-failed",
            Self::Analysis { analysis, .. } => match analysis.status {
                AnalysisStatus::Queued | AnalysisStatus::Running => "analysis:started",
                AnalysisStatus::Succeeded => "analysis:completed",
                AnalysisStatus::Failed => "analysis:failed",
            },
        }
    }

    fn payload(&self) -> Value {
        match self {
            Self::LivekitRoomFailed { session } => json!({
                "sessionId": session.id,
                "title": session.title,
                "scheduledAt": session.scheduled_at,
                "message": "LiveKit did not make the room of this session. It is tried again when the session opens and \
                            whenever somebody asks for a token; check that LiveKit answers.",
            }),
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
        }
    }
}

/// Stores one notification a recipient.
pub(crate) async fn write(
    work: &UnitOfWork,
    services: &Services,
    recipients: &[UserId],
    notice: &Notice<'_>,
) -> Result<(), ServiceError> {
    let payload = notice.payload().to_string();
    for user in recipients {
        work.notifications()
            .append(&Notification {
                position: 0,
                id: NotificationId(services.inner.ids.uuid()),
                user_id: user.clone(),
                event: notice.event().to_owned(),
                payload: payload.clone(),
                created_at: services.now(),
                read_at: None,
            })
            .await?;
    }
    Ok(())
}

/// Those who run this server.
pub(crate) async fn admins(work: &UnitOfWork) -> Result<Vec<UserId>, ServiceError> {
    Ok(work.users().list_ids_with_role(UserRole::Admin, ADMINS_MAX).await?)
}
