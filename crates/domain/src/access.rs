//! Who may do what with a session: one function, asked by every door and by every endpoint.

use crate::{ErrorCode, Participant, ParticipantStatus, Session, SessionKind, UserId};

/// What somebody wants to do with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Read it.
    Read,
    /// Ask whether joining would work.
    AskToJoin,
    /// Hear its topic, list its events and participants.
    Follow,
    /// Leave it.
    Leave,
    /// Read what came of it: attendance, artifacts, messages, analytics.
    ReadRecords,
    /// Add a file to it, or have one analysed.
    AddArtifact,
    /// Delete a file that somebody else added.
    DeleteArtifact,
    /// Change its details.
    Edit,
    /// Start it.
    Start,
    /// End it.
    End,
    /// Cancel it.
    Cancel,
    /// Delete it.
    Delete,
    /// Remove one of its participants.
    RemoveParticipant,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The user.
    pub user_id: &'a UserId,
    /// Whether the user is an admin.
    pub is_admin: bool,
    /// The user's place in the session.
    pub participant: Option<&'a Participant>,
    /// Whether the user is enrolled in the class that the session is of.
    pub is_enrolled: bool,
}

/// Decides whether the caller may do it.
///
/// # Errors
/// `access-denied` to strangers, `denied`, `removed` and `waiting` by the own status (which goes before everything but
/// ADMIN), `forbidden` where the caller belongs to the session without the right to do this.
pub fn authorize(action: Action, session: &Session, caller: Caller<'_>) -> Result<(), ErrorCode> {
    let creator = *caller.user_id == session.created_by;
    if caller.is_admin && admin_may(action) {
        return Ok(());
    }
    if !caller.is_admin && !creator && caller.participant.is_none() && !caller.is_enrolled {
        return Err(ErrorCode::AccessDenied);
    }
    let status = caller.participant.map(|participant| participant.status);
    if !caller.is_admin {
        own_status_allows(action, status, creator)?;
    }
    let host = caller.participant.is_some_and(|participant| participant.role.is_host());
    let allowed = match action {
        Action::Read | Action::AskToJoin | Action::Follow | Action::ReadRecords | Action::Leave => true,
        Action::AddArtifact => creator || status.is_some_and(takes_part),
        Action::Edit | Action::Start | Action::Cancel => creator || host,
        Action::End => match session.kind {
            SessionKind::Interview | SessionKind::Mentoring => creator || caller.participant.is_some(),
            SessionKind::Class => host,
        },
        Action::Delete => creator || (host && session.kind == SessionKind::Class),
        Action::RemoveParticipant | Action::DeleteArtifact => host,
    };
    if allowed { Ok(()) } else { Err(ErrorCode::Forbidden) }
}

fn takes_part(status: ParticipantStatus) -> bool {
    !status.is_turned_away() && status != ParticipantStatus::Waiting
}

/// An admin reads, ends and removes everywhere; editing, starting and joining are for those who take part.
const fn admin_may(action: Action) -> bool {
    match action {
        Action::Read
        | Action::AskToJoin
        | Action::Follow
        | Action::ReadRecords
        | Action::DeleteArtifact
        | Action::End
        | Action::Cancel
        | Action::Delete
        | Action::RemoveParticipant => true,
        Action::Leave | Action::AddArtifact | Action::Edit | Action::Start => false,
    }
}

fn own_status_allows(action: Action, status: Option<ParticipantStatus>, creator: bool) -> Result<(), ErrorCode> {
    let refused = match status {
        Some(ParticipantStatus::Denied) => ErrorCode::Denied,
        Some(ParticipantStatus::Removed) => ErrorCode::Removed,
        Some(ParticipantStatus::Waiting) => {
            return match action {
                Action::Read | Action::AskToJoin | Action::Follow | Action::Leave | Action::Cancel => Ok(()),
                Action::ReadRecords
                | Action::AddArtifact
                | Action::DeleteArtifact
                | Action::Edit
                | Action::Start
                | Action::End
                | Action::Delete
                | Action::RemoveParticipant => Err(ErrorCode::Waiting),
            };
        }
        Some(ParticipantStatus::Invited | ParticipantStatus::Joined | ParticipantStatus::Left) | None => return Ok(()),
    };
    match action {
        Action::Read | Action::AskToJoin => Ok(()),
        Action::End | Action::Cancel if creator => Ok(()),
        _ => Err(refused),
    }
}

#[cfg(test)]
mod tests;
