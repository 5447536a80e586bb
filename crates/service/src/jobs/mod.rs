//! Follow-up work and deadlines: rows that are written in the transaction of the change that wants them, taken by one
//! node under a lease, and tried again with growing pauses until they are done or dead.
//!
//! A job may run more than once where a node dies between its effect and its end; so every job looks at the state first
//! and does nothing where it was done.
//!
//! To add a kind of work: a variant of [`Work`] with its key, and its line in `run`.

mod runner;

use std::time::Duration;

use mockly_data::{NewJob, Store, UnitOfWork};
use mockly_domain::room::MediaSource;
use mockly_domain::{AnalysisId, ArtifactId, JobId, RoomId, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::{ServiceError, Services};

/// Work to be done, with what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Work {
    /// Cancel or end a session to which nobody came.
    Expire { session_id: SessionId },
    /// Remind everyone in a session that it starts soon.
    Remind { session_id: SessionId },
    /// End a session in which nobody is left.
    EndEmpty { session_id: SessionId },
    /// Take somebody out whose connection did not come back.
    EndGrace { session_id: SessionId, user_id: UserId, left_at: Timestamp },
    /// Make the media room of a booked session, and tell admins where that fails.
    PrepareRoom { session_id: SessionId },
    /// Close the media room of a session that is over.
    DeleteRoom { session_id: SessionId },
    /// Throw somebody out of the media room.
    RemoveFromRoom { session_id: SessionId, identity: String },
    /// Take somebody out of an ad-hoc room whose connection did not come back.
    EndRoomGrace { room_id: RoomId, user_id: UserId },
    /// Tell the doors of a class that its host is away.
    TellHostAbsent { session_id: SessionId, since: Timestamp },
    /// End a class whose host did not come back.
    EndHostAbsent { session_id: SessionId },
    /// Mute what somebody in the media room publishes of a source, as long as it is wanted.
    MuteTrack { session_id: SessionId, user_id: UserId, source: MediaSource, until: Timestamp },
    /// Delete the bytes of a file that is no more, or never came to be.
    DeleteBlob { artifact_id: ArtifactId },
    /// Ask the analyser of another service for an analysis.
    AskAnalyser { analysis_id: AnalysisId, deadline: Timestamp },
    /// End an analysis that nobody reports on.
    EndAnalysis { analysis_id: AnalysisId },
    /// Give somebody in the media room what they may publish now.
    UpdateGrant { session_id: SessionId, user_id: UserId },
}

impl Work {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Expire { .. } => "session-expire",
            Self::Remind { .. } => "session-remind",
            Self::EndEmpty { .. } => "session-end-empty",
            Self::EndGrace { .. } => "participant-end-grace",
            Self::PrepareRoom { .. } => "livekit-create-room",
            Self::DeleteRoom { .. } => "livekit-delete-room",
            Self::RemoveFromRoom { .. } => "livekit-remove-participant",
            Self::UpdateGrant { .. } => "livekit-update-grant",
            Self::EndRoomGrace { .. } => "room-end-grace",
            Self::TellHostAbsent { .. } => "session-tell-host-absent",
            Self::EndHostAbsent { .. } => "session-end-host-absent",
            Self::MuteTrack { .. } => "livekit-mute-track",
            Self::DeleteBlob { .. } => "artifact-delete-bytes",
            Self::AskAnalyser { .. } => "analysis-ask",
            Self::EndAnalysis { .. } => "analysis-end",
        }
    }

    /// One row at most has this key; scheduling the same work again moves it.
    pub(crate) fn unique_key(&self) -> String {
        let kind = self.kind();
        match self {
            Self::Expire { session_id }
            | Self::Remind { session_id }
            | Self::EndEmpty { session_id }
            | Self::PrepareRoom { session_id }
            | Self::DeleteRoom { session_id }
            | Self::TellHostAbsent { session_id, .. }
            | Self::EndHostAbsent { session_id } => format!("{kind}:{session_id}"),
            Self::DeleteBlob { artifact_id } => format!("{kind}:{artifact_id}"),
            Self::AskAnalyser { analysis_id, .. } | Self::EndAnalysis { analysis_id } => {
                format!("{kind}:{analysis_id}")
            }
            Self::EndRoomGrace { room_id, user_id } => format!("{kind}:{room_id}:{user_id}"),
            Self::MuteTrack { session_id, user_id, source, .. } => format!("{kind}:{source}:{session_id}:{user_id}"),
            Self::EndGrace { session_id, user_id, .. } | Self::UpdateGrant { session_id, user_id } => {
                format!("{kind}:{session_id}:{user_id}")
            }
            Self::RemoveFromRoom { session_id, identity } => format!("{kind}:{session_id}:{identity}"),
        }
    }
}

/// How long a job may run.
const RUN_MAX: Duration = Duration::from_secs(20);
/// How long a node that took a job keeps it from others: longer than it may run, and no longer than a job may lie where
/// its node died.
const LEASE: Duration = Duration::from_secs(25);

/// Writes work down in a unit of work.
pub(crate) async fn schedule(
    unit: &UnitOfWork,
    services: &Services,
    work: Work,
    run_at: Timestamp,
) -> Result<(), ServiceError> {
    let payload = serde_json::to_string(&work)
        .map_err(|error| ServiceError::Internal(format!("work cannot be written as JSON: {error}")))?;
    let job = NewJob {
        id: JobId(services.inner.ids.uuid()),
        kind: work.kind(),
        unique_key: Some(work.unique_key()),
        payload,
        run_at,
    };
    Ok(unit.jobs().schedule(&job, services.now()).await?)
}

impl Services {
    /// Does one piece of work.
    async fn run(&self, work: Work) -> Result<(), ServiceError> {
        match work {
            Work::Expire { session_id } => self.expire(session_id).await,
            Work::Remind { session_id } => self.remind(session_id).await,
            Work::EndEmpty { session_id } => self.end_empty(session_id).await,
            Work::EndGrace { session_id, user_id, left_at } => self.end_grace(session_id, &user_id, left_at).await,
            Work::PrepareRoom { session_id } => self.prepare_room(session_id).await,
            Work::DeleteRoom { session_id } => self.delete_room(session_id).await,
            Work::RemoveFromRoom { session_id, identity } => self.remove_from_room(session_id, &identity).await,
            Work::UpdateGrant { session_id, user_id } => self.update_grant(session_id, &user_id).await,
            Work::EndRoomGrace { room_id, user_id } => self.end_room_grace(room_id, &user_id).await,
            Work::TellHostAbsent { session_id, since } => self.tell_host_absent(session_id, since).await,
            Work::EndHostAbsent { session_id } => self.end_host_absent(session_id).await,
            Work::DeleteBlob { artifact_id } => self.delete_blob(artifact_id).await,
            Work::AskAnalyser { analysis_id, deadline } => self.ask_analyser(analysis_id, deadline).await,
            Work::EndAnalysis { analysis_id } => self.end_analysis(analysis_id).await,
            Work::MuteTrack { session_id, user_id, source, until } => {
                self.mute_track(session_id, &user_id, source, until).await
            }
        }
    }
}
