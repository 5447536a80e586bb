//! Doors: the four ways into a room. They share one state; each carries its part of the events.

use std::str::FromStr;

use super::RoomCommand;
use super::event::RoomEvent;

/// A way into a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Door {
    /// Everything.
    Zoom,
    /// Chat and hands.
    Chat,
    /// Screen sharing.
    Screenshare,
    /// Everything, in the dialect of class clients.
    Class,
}

/// What an event or command belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    /// Who is here, who waits, the session itself: at every door.
    Presence,
    Chat,
    ScreenSharing,
    /// Sound, picture and polls.
    Rest,
}

impl Door {
    /// Every door.
    pub const ALL: &'static [Self] = &[Self::Zoom, Self::Chat, Self::Screenshare, Self::Class];

    /// The name in the path.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zoom => "zoom",
            Self::Chat => "chat",
            Self::Screenshare => "screenshare",
            Self::Class => "class",
        }
    }

    /// Whether an event is told here.
    pub const fn carries(self, event: &RoomEvent) -> bool {
        self.is_about(subject_of_event(event))
    }

    /// Whether a command is taken here.
    pub const fn takes(self, command: &RoomCommand) -> bool {
        self.is_about(subject_of_command(command))
    }

    const fn is_about(self, subject: Subject) -> bool {
        match self {
            Self::Zoom | Self::Class => true,
            Self::Chat => matches!(subject, Subject::Presence | Subject::Chat),
            Self::Screenshare => matches!(subject, Subject::Presence | Subject::ScreenSharing),
        }
    }
}

impl FromStr for Door {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|door| door.as_str() == text).ok_or(())
    }
}

const fn subject_of_event(event: &RoomEvent) -> Subject {
    match event {
        RoomEvent::Connect(_)
        | RoomEvent::Disconnect(_)
        | RoomEvent::Presence { .. }
        | RoomEvent::RoomState(_)
        | RoomEvent::RequestWaiting(_)
        | RoomEvent::AcceptWaiting(_)
        | RoomEvent::DenyWaiting(_)
        | RoomEvent::RemoveParticipant(_)
        | RoomEvent::SessionStarted { .. }
        | RoomEvent::SessionEnded { .. }
        | RoomEvent::HostAbsent { .. }
        | RoomEvent::HostReturned { .. }
        | RoomEvent::Pong {}
        | RoomEvent::Error { .. } => Subject::Presence,
        RoomEvent::AddChat(_)
        | RoomEvent::DeleteChat { .. }
        | RoomEvent::GetRecentChats(_)
        | RoomEvent::RaiseHand(_)
        | RoomEvent::LowerHand(_) => Subject::Chat,
        RoomEvent::RequestScreenshare(_)
        | RoomEvent::AcceptScreenshare(_)
        | RoomEvent::DenyScreenshare(_)
        | RoomEvent::StopScreenshare(_) => Subject::ScreenSharing,
        RoomEvent::ToggleAudio { .. }
        | RoomEvent::ToggleVideo { .. }
        | RoomEvent::MuteParticipant { .. }
        | RoomEvent::AskUnmute(_)
        | RoomEvent::Poll(_)
        | RoomEvent::VotePoll { .. } => Subject::Rest,
    }
}

const fn subject_of_command(command: &RoomCommand) -> Subject {
    match command {
        RoomCommand::Ping
        | RoomCommand::RequestWaiting
        | RoomCommand::AcceptWaiting(_)
        | RoomCommand::DenyWaiting(_)
        | RoomCommand::RemoveParticipant(_) => Subject::Presence,
        RoomCommand::AddChat { .. }
        | RoomCommand::DeleteChat(_)
        | RoomCommand::GetRecentChats
        | RoomCommand::RaiseHand
        | RoomCommand::LowerHand(_) => Subject::Chat,
        RoomCommand::RequestScreenshare
        | RoomCommand::AcceptScreenshare(_)
        | RoomCommand::DenyScreenshare(_)
        | RoomCommand::StopScreenshare => Subject::ScreenSharing,
        RoomCommand::ToggleAudio { .. }
        | RoomCommand::ToggleVideo { .. }
        | RoomCommand::MuteParticipant { .. }
        | RoomCommand::AskUnmute(_)
        | RoomCommand::CreatePoll { .. }
        | RoomCommand::VotePoll { .. }
        | RoomCommand::ClosePoll(_) => Subject::Rest,
    }
}
