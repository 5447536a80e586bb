//! Commands of those who are in a room, from whichever door and in whichever dialect.

use mockly_data::Store;
use mockly_domain::room::{Door, RoomCommand, RoomEvent, RoomKey, RoomRole, Target};
use mockly_domain::{ErrorCode, UserId};

use super::unit::Room;
use crate::{Principal, ServiceError, Services};

/// Who sends a command, as what.
#[derive(Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) caller: &'a Principal,
    pub(super) role: RoomRole,
}

impl Services {
    /// Carries out a command; what comes back is for its sender alone.
    ///
    /// # Errors
    /// `wrong-door`, `forbidden`, and what the command refuses. Then nothing has changed.
    pub async fn room_command(
        &self,
        caller: &Principal,
        key: &RoomKey,
        door: Door,
        command: RoomCommand,
    ) -> Result<Vec<RoomEvent>, ServiceError> {
        let name = command.name();
        let outcome = self.try_room_command(caller, key, door, command).await;
        let label = outcome.as_ref().map_or_else(|error| error.code().as_str(), |_| "done");
        metrics::counter!("mockly_room_commands_total", "command" => name, "outcome" => label).increment(1);
        outcome
    }

    async fn try_room_command(
        &self,
        caller: &Principal,
        key: &RoomKey,
        door: Door,
        command: RoomCommand,
    ) -> Result<Vec<RoomEvent>, ServiceError> {
        if !door.takes(&command) {
            let detail = format!(
                "The door `{}` does not carry `{}`; the doors `zoom` and `class` carry everything.",
                door.as_str(),
                command.name()
            );
            return Err(ServiceError::refused(ErrorCode::WrongDoor, detail));
        }
        if command == RoomCommand::Ping {
            self.settle().await?;
            return Ok(vec![RoomEvent::Pong {}]);
        }
        let mut room = Room::begin(self, key).await?;
        let role = room.role_of(caller.user_id()).await?.ok_or(ErrorCode::Forbidden)?;
        if !command.is_allowed_to(role) {
            let detail = format!("As `{}` you may not send `{}`.", role.as_str(), command.name());
            return Err(ServiceError::refused(ErrorCode::Forbidden, detail));
        }
        if let Room::Session(change) = &room {
            change.require_open()?;
        }
        let sender = Sender { caller, role };
        let answers = carry_out(&mut room, sender, command).await?;
        room.commit().await?;
        Ok(answers)
    }
}

async fn carry_out(
    room: &mut Room<'_>,
    sender: Sender<'_>,
    command: RoomCommand,
) -> Result<Vec<RoomEvent>, ServiceError> {
    match command {
        RoomCommand::Ping => return Ok(vec![RoomEvent::Pong {}]),
        RoomCommand::AddChat { chat_id, content, message_type } => {
            return room.add_chat(sender, chat_id, &content, message_type).await;
        }
        RoomCommand::DeleteChat(message) => room.delete_chat(sender, message).await?,
        RoomCommand::GetRecentChats => return room.recent_chats().await,
        RoomCommand::RaiseHand => room.raise_hand(sender).await?,
        RoomCommand::LowerHand(target) => room.lower_hand(sender, target).await?,
        RoomCommand::RequestWaiting => room.request_waiting(sender).await?,
        RoomCommand::AcceptWaiting(target) => return room.accept_waiting(target).await,
        RoomCommand::DenyWaiting(target) => room.deny_waiting(target).await?,
        RoomCommand::RequestScreenshare => room.request_screenshare(sender).await?,
        RoomCommand::AcceptScreenshare(target) => room.accept_screenshare(target).await?,
        RoomCommand::DenyScreenshare(target) => room.deny_screenshare(target).await?,
        RoomCommand::StopScreenshare => room.stop_screenshare(sender).await?,
        RoomCommand::ToggleAudio { enabled } => room.toggle_audio(sender, enabled).await?,
        RoomCommand::ToggleVideo { enabled } => room.toggle_video(sender, enabled).await?,
        RoomCommand::MuteParticipant { target, source } => room.mute(target, source).await?,
        RoomCommand::AskUnmute(target) => room.ask_unmute(target).await?,
        RoomCommand::RemoveParticipant(target) => room.remove(sender, target).await?,
        RoomCommand::CreatePoll { question, options } => room.create_poll(sender, &question, options).await?,
        RoomCommand::VotePoll { poll_id, option_id } => room.vote_poll(sender, poll_id, &option_id).await?,
        RoomCommand::ClosePoll(poll_id) => room.close_poll(poll_id).await?,
    }
    Ok(Vec::new())
}

impl Room<'_> {
    /// Those in the room whom a target names; all are those of the given roles.
    pub(super) async fn named(
        &self,
        target: Target,
        all: impl Fn(RoomRole) -> bool,
    ) -> Result<Vec<(UserId, RoomRole)>, ServiceError> {
        match target {
            Target::User(user) => {
                let role = self.role_of(&user).await?.ok_or_else(|| not_here(&user))?;
                Ok(vec![(user, role)])
            }
            Target::All => {
                let everybody = self.everybody().await?;
                Ok(everybody.into_iter().filter(|(_, role)| all(*role)).collect())
            }
        }
    }

    /// Everybody with a role.
    pub(super) async fn everybody(&self) -> Result<Vec<(UserId, RoomRole)>, ServiceError> {
        match self {
            Self::Session(change) => {
                let sharing = change.work().rooms().list_members(change.room_id(), crate::sessions::PLACES_MAX).await?;
                let everybody = change.participants().await?;
                Ok(everybody
                    .iter()
                    .filter_map(|participant| {
                        let member = sharing.iter().find(|member| member.user_id == participant.user_id);
                        Some((participant.user_id.clone(), super::actor::role_of(participant, member)?))
                    })
                    .collect())
            }
            Self::AdHoc(room) => {
                let members = room.members().await?;
                Ok(members.into_iter().filter_map(|member| Some((member.user_id.clone(), member.role()?))).collect())
            }
        }
    }
}

pub(super) fn not_here(user: &UserId) -> ServiceError {
    ServiceError::refused(ErrorCode::ParticipantNotFound, format!("There is no {user} in this room."))
}
