//! What somebody in a room can ask for. Both dialects of frames are read into these.

use serde::{Deserialize, Serialize};

use super::{MessageType, RoomRole};
use crate::wire_enum::wire_enum;
use crate::{MessageId, PollId, UserId};

wire_enum!(
    /// A published source of media.
    MediaSource {
        /// Sound.
        Microphone = "MICROPHONE",
        /// Picture.
        Camera = "CAMERA",
        /// Screen, with its sound.
        Screen = "SCREEN",
    }
);

/// Whom a host's command concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One user.
    User(UserId),
    /// Everyone to whom it can apply.
    All,
}

/// How a chat message is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageRef {
    /// By the server's id.
    Id(MessageId),
    /// By the client's id: one's own, or for a host else the newest of that id.
    ChatId(String),
}

/// A command of one who is in a room, or at its door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomCommand {
    /// Answered when everything that was done before has been heard.
    Ping,
    /// Say something.
    AddChat {
        /// The client's own id, which makes a repeat harmless.
        chat_id: Option<String>,
        /// Text, not trimmed yet.
        content: String,
        /// What kind of text.
        message_type: MessageType,
    },
    /// Take a message back.
    DeleteChat(MessageRef),
    /// Ask for the newest messages.
    GetRecentChats,
    /// Raise the own hand.
    RaiseHand,
    /// Lower a hand: the own one where nobody is named.
    LowerHand(Option<Target>),
    /// Knock again.
    RequestWaiting,
    /// Let in.
    AcceptWaiting(Target),
    /// Turn away.
    DenyWaiting(Target),
    /// Ask to share the screen.
    RequestScreenshare,
    /// Allow it.
    AcceptScreenshare(Target),
    /// Refuse it, or take it back.
    DenyScreenshare(Target),
    /// Stop sharing: the own screen, and for a host everybody's.
    StopScreenshare,
    /// Tell that the own microphone is on or off.
    ToggleAudio {
        /// Whether it is on.
        enabled: bool,
    },
    /// Tell that the own camera is on or off.
    ToggleVideo {
        /// Whether it is on.
        enabled: bool,
    },
    /// Turn somebody's source off.
    MuteParticipant {
        /// Whose.
        target: Target,
        /// Which.
        source: MediaSource,
    },
    /// Ask somebody to unmute.
    AskUnmute(Target),
    /// Throw somebody out.
    RemoveParticipant(Target),
    /// Ask the room.
    CreatePoll {
        /// The question, not trimmed yet.
        question: String,
        /// The answers to choose from, not trimmed yet.
        options: Vec<String>,
    },
    /// Choose an answer, or another one.
    VotePoll {
        /// Of which poll.
        poll_id: PollId,
        /// Which answer.
        option_id: String,
    },
    /// Take no more votes.
    ClosePoll(PollId),
}

/// One list for both: the match holds it complete.
macro_rules! names {
    ($($command:pat => $name:literal,)+) => {
        /// Every name on the wire.
        pub const NAMES: &'static [&'static str] = &[$($name),+];

        /// The name on the wire.
        pub const fn name(&self) -> &'static str {
            match self { $($command => $name),+ }
        }
    };
}

impl RoomCommand {
    names! {
        Self::Ping => "ping",
        Self::AddChat { .. } => "add_chat",
        Self::DeleteChat(_) => "delete_chat",
        Self::GetRecentChats => "get_recent_chats",
        Self::RaiseHand => "raise_hand",
        Self::LowerHand(_) => "lower_hand",
        Self::RequestWaiting => "request_waiting",
        Self::AcceptWaiting(_) => "accept_waiting",
        Self::DenyWaiting(_) => "deny_waiting",
        Self::RequestScreenshare => "request_screenshare",
        Self::AcceptScreenshare(_) => "accept_screenshare",
        Self::DenyScreenshare(_) => "deny_screenshare",
        Self::StopScreenshare => "stop_screenshare",
        Self::ToggleAudio { .. } => "toggle_audio",
        Self::ToggleVideo { .. } => "toggle_video",
        Self::MuteParticipant { .. } => "mute_participant",
        Self::AskUnmute(_) => "ask_unmute",
        Self::RemoveParticipant(_) => "remove_participant",
        Self::CreatePoll { .. } => "create_poll",
        Self::VotePoll { .. } => "vote_poll",
        Self::ClosePoll(_) => "close_poll",
    }

    /// Whether somebody of a role may send it.
    pub fn is_allowed_to(&self, role: RoomRole) -> bool {
        match self {
            Self::Ping => true,
            Self::RequestWaiting => role == RoomRole::Waiting,
            Self::AddChat { .. }
            | Self::DeleteChat(_)
            | Self::GetRecentChats
            | Self::RaiseHand
            | Self::LowerHand(_)
            | Self::ToggleAudio { .. }
            | Self::ToggleVideo { .. }
            | Self::VotePoll { .. } => role >= RoomRole::Participant,
            Self::RequestScreenshare => role == RoomRole::Participant,
            Self::StopScreenshare => role >= RoomRole::Screenshare,
            Self::AcceptWaiting(_)
            | Self::DenyWaiting(_)
            | Self::AcceptScreenshare(_)
            | Self::DenyScreenshare(_)
            | Self::MuteParticipant { .. }
            | Self::AskUnmute(_)
            | Self::RemoveParticipant(_)
            | Self::CreatePoll { .. }
            | Self::ClosePoll(_) => role == RoomRole::Host,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_send_what() {
        let someone = || Target::All;
        let text = || RoomCommand::AddChat { chat_id: None, content: String::new(), message_type: MessageType::Chat };
        let cases = [
            (RoomCommand::Ping, [true, true, true, true]),
            (RoomCommand::RequestWaiting, [true, false, false, false]),
            (text(), [false, true, true, true]),
            (RoomCommand::GetRecentChats, [false, true, true, true]),
            (RoomCommand::RaiseHand, [false, true, true, true]),
            (RoomCommand::LowerHand(None), [false, true, true, true]),
            (RoomCommand::ToggleAudio { enabled: true }, [false, true, true, true]),
            (RoomCommand::RequestScreenshare, [false, true, false, false]),
            (RoomCommand::StopScreenshare, [false, false, true, true]),
            (RoomCommand::AcceptWaiting(someone()), [false, false, false, true]),
            (RoomCommand::DenyWaiting(someone()), [false, false, false, true]),
            (RoomCommand::AcceptScreenshare(someone()), [false, false, false, true]),
            (RoomCommand::DenyScreenshare(someone()), [false, false, false, true]),
            (RoomCommand::AskUnmute(someone()), [false, false, false, true]),
            (RoomCommand::RemoveParticipant(someone()), [false, false, false, true]),
            (RoomCommand::CreatePoll { question: String::new(), options: Vec::new() }, [false, false, false, true]),
        ];
        let roles = [RoomRole::Waiting, RoomRole::Participant, RoomRole::Screenshare, RoomRole::Host];
        for (command, allowed) in cases {
            for (role, expected) in roles.into_iter().zip(allowed) {
                assert_eq!(command.is_allowed_to(role), expected, "{} as {}", command.name(), role.as_str());
            }
        }
    }
}
