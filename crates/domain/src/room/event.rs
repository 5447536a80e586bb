//! What happens in a room. Serialised, an event is the text frame `{event, payload}` of the doors `zoom`, `chat` and
//! `screenshare`, and what is stored; the door `class` writes the same events in its own dialect.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{MediaSource, MessageType, RoomRole};
use crate::{EndReason, ErrorCode, MessageId, ParticipantRole, PollId, Timestamp, UserId};

/// The user who did something, or whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RoomActor)]
pub struct Actor {
    /// The user's id.
    pub client_id: UserId,
    /// The user's name.
    pub display_name: String,
}

/// One who came, or whose role has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RoomEntrant)]
pub struct Entrant {
    /// The user's id.
    pub client_id: UserId,
    /// The user's name.
    pub display_name: String,
    /// Role in the room.
    pub role: RoomRole,
    /// Role in the session; absent in an ad-hoc room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_in_session: Option<ParticipantRole>,
    /// Distinct users present now.
    pub participant_count: u32,
    /// Set where the user was in before and only the role is new.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub role_changed: bool,
}

/// One who is in a room, or waits at its door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RoomMember)]
pub struct Member {
    /// The user's id.
    pub client_id: UserId,
    /// The user's name.
    pub display_name: String,
    /// Role in the room.
    pub role: RoomRole,
    /// Role in the session; absent in an ad-hoc room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_in_session: Option<ParticipantRole>,
    /// Whether the user is connected at a door or in the media room.
    pub online: bool,
}

impl Member {
    /// The `connect` that tells of a role that is new.
    pub fn with_new_role(&self, participant_count: u32) -> Entrant {
        Entrant {
            client_id: self.client_id.clone(),
            display_name: self.display_name.clone(),
            role: self.role,
            role_in_session: self.role_in_session,
            participant_count,
            role_changed: true,
        }
    }
}

/// Everybody in a room and what they do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomState {
    /// The session's id, or the ad-hoc room's name.
    pub room_id: String,
    /// Who leads.
    pub hosts: Vec<Member>,
    /// Everyone admitted in order of entry, hosts too.
    pub participants: Vec<Member>,
    /// Who waits, in order of entry.
    pub waiting_users: Vec<Member>,
    /// Raised hands, the first raised first.
    pub hands_raised: Vec<Member>,
    /// Who may share the screen by a host's leave.
    pub sharing_screen: Vec<Member>,
    /// Whose microphone is on.
    pub unmuted: Vec<Member>,
    /// Whose camera is on.
    pub camera_on: Vec<Member>,
}

impl RoomState {
    /// What one who waits may see of it: the hosts and themselves.
    #[must_use]
    pub fn as_seen_waiting(&self, user: &UserId) -> Self {
        Self {
            room_id: self.room_id.clone(),
            hosts: self.hosts.clone(),
            participants: self.hosts.clone(),
            waiting_users: self.waiting_users.iter().filter(|member| member.client_id == *user).cloned().collect(),
            ..Self::default()
        }
    }

    /// Somebody who is in or waits.
    pub fn member(&self, user: &UserId) -> Option<&Member> {
        self.participants.iter().chain(&self.waiting_users).find(|member| member.client_id == *user)
    }

    /// How many distinct users are present: admitted, and connected.
    pub fn participant_count(&self) -> u32 {
        u32::try_from(self.participants.iter().filter(|member| member.online).count()).unwrap_or(u32::MAX)
    }
}

/// A chat message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatMessage {
    /// The sender's id.
    pub client_id: UserId,
    /// The sender's name as of then.
    pub display_name: String,
    /// The client's id of it, unique per room and sender.
    pub chat_id: String,
    /// The server's id of it.
    pub message_id: MessageId,
    /// When it was stored, in milliseconds since the epoch.
    pub timestamp: i64,
    /// Text, 1 to 1,000 Unicode scalar values.
    pub chat_content: String,
    /// What kind of text.
    pub message_type: MessageType,
    /// The session's id, or the ad-hoc room's name.
    pub session_id: String,
}

/// One answer of a poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PollOption {
    /// Id within the poll.
    pub id: String,
    /// Text.
    pub text: String,
    /// How many chose it.
    pub votes: u32,
}

/// A poll as of now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Poll)]
pub struct PollView {
    /// Id.
    pub poll_id: PollId,
    /// The question.
    pub question: String,
    /// The answers in their order.
    pub options: Vec<PollOption>,
    /// Whether it takes no more votes.
    pub closed: bool,
}

/// What happens in a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", content = "payload", rename_all = "snake_case")]
pub enum RoomEvent {
    /// Somebody came in, or to the door; or has another role now.
    Connect(Entrant),
    /// Somebody is gone for good.
    Disconnect(#[schema(inline)] Gone),
    /// Somebody lost the last connection, or is back.
    #[serde(rename_all = "camelCase")]
    Presence {
        /// Whose.
        client_id: UserId,
        /// Their name.
        display_name: String,
        /// Whether they are connected.
        online: bool,
    },
    /// Everybody and everything.
    RoomState(RoomState),
    /// Somebody said something.
    AddChat(ChatMessage),
    /// A message was taken back.
    #[serde(rename_all = "camelCase")]
    DeleteChat {
        /// By whom.
        client_id: UserId,
        /// Their name.
        display_name: String,
        /// Which message.
        message_id: MessageId,
        /// The client's id of it.
        chat_id: String,
    },
    /// The newest messages, oldest first; only to who asked.
    GetRecentChats(Vec<ChatMessage>),
    /// A hand went up.
    RaiseHand(Actor),
    /// A hand went down.
    LowerHand(Actor),
    /// Somebody who waits knocks.
    RequestWaiting(Actor),
    /// Somebody was let in.
    AcceptWaiting(Actor),
    /// Somebody was turned away.
    DenyWaiting(Actor),
    /// Somebody asks to share the screen.
    RequestScreenshare(Actor),
    /// It was allowed.
    AcceptScreenshare(Actor),
    /// It was refused, or taken back.
    DenyScreenshare(Actor),
    /// Somebody shares no more.
    StopScreenshare(Actor),
    /// A microphone is on or off.
    #[serde(rename_all = "camelCase")]
    ToggleAudio {
        /// Whose.
        client_id: UserId,
        /// Their name.
        display_name: String,
        /// Whether it is on.
        enabled: bool,
    },
    /// A camera is on or off.
    #[serde(rename_all = "camelCase")]
    ToggleVideo {
        /// Whose.
        client_id: UserId,
        /// Their name.
        display_name: String,
        /// Whether it is on.
        enabled: bool,
    },
    /// A host turned somebody's source off.
    #[serde(rename_all = "camelCase")]
    MuteParticipant {
        /// Whose.
        client_id: UserId,
        /// Their name.
        display_name: String,
        /// Which.
        source: MediaSource,
    },
    /// A host asks somebody to unmute.
    AskUnmute(Actor),
    /// A host removed somebody.
    RemoveParticipant(Actor),
    /// A poll was made, closed, or has other votes.
    Poll(PollView),
    /// The own vote was counted; only to the voter.
    #[serde(rename_all = "camelCase")]
    VotePoll {
        /// The voter.
        client_id: UserId,
        /// Their name.
        display_name: String,
        /// Of which poll.
        poll_id: PollId,
        /// Which answer.
        option_id: String,
    },
    /// The session became ACTIVE.
    #[serde(rename_all = "camelCase")]
    SessionStarted {
        /// When.
        started_at: Timestamp,
    },
    /// The session is over.
    #[serde(rename_all = "camelCase")]
    SessionEnded {
        /// Why.
        end_reason: EndReason,
    },
    /// The host has been away for a while.
    #[serde(rename_all = "camelCase")]
    HostAbsent {
        /// When the session ends unless they come back.
        ends_at: Timestamp,
    },
    /// The host is back in time.
    #[serde(rename_all = "camelCase")]
    HostReturned {
        /// When.
        returned_at: Timestamp,
    },
    /// Everything that was done before the ping has been heard.
    Pong {},
    /// A frame had no effect; only to its sender.
    #[serde(rename_all = "camelCase")]
    Error {
        /// Code.
        #[schema(value_type = String)]
        code: ErrorCode,
        /// What is wrong and what to do.
        message: String,
        /// The event of the frame, where it had one.
        #[serde(skip_serializing_if = "Option::is_none")]
        event: Option<String>,
    },
}

/// One who is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gone {
    /// The user's id.
    pub client_id: UserId,
    /// The user's name.
    pub display_name: String,
    /// Distinct users still present.
    pub participant_count: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_its_frame() {
        let ada = Actor { client_id: UserId::new("ada").unwrap(), display_name: "Ada".to_owned() };
        let check = |event: RoomEvent, frame: &str| {
            assert_eq!(serde_json::to_string(&event).unwrap(), frame);
            assert_eq!(serde_json::from_str::<RoomEvent>(frame).unwrap(), event);
        };
        check(RoomEvent::RaiseHand(ada), r#"{"event":"raise_hand","payload":{"clientId":"ada","displayName":"Ada"}}"#);
        check(RoomEvent::Pong {}, r#"{"event":"pong","payload":{}}"#);
        check(
            RoomEvent::SessionEnded { end_reason: EndReason::HostAbsent },
            r#"{"event":"session_ended","payload":{"endReason":"HOST_ABSENT"}}"#,
        );
        check(RoomEvent::GetRecentChats(Vec::new()), r#"{"event":"get_recent_chats","payload":[]}"#);
        check(
            RoomEvent::Error { code: ErrorCode::Forbidden, message: "no".to_owned(), event: Some("ping".to_owned()) },
            r#"{"event":"error","payload":{"code":"forbidden","message":"no","event":"ping"}}"#,
        );
    }

    #[test]
    fn who_waits_sees_the_hosts_and_themselves() {
        let member = |id: &str, role| Member {
            client_id: UserId::new(id).unwrap(),
            display_name: id.to_owned(),
            role,
            role_in_session: None,
            online: true,
        };
        let (host, student) = (member("host", RoomRole::Host), member("student", RoomRole::Participant));
        let (own, other) = (member("own", RoomRole::Waiting), member("other", RoomRole::Waiting));
        let state = RoomState {
            room_id: "r".to_owned(),
            hosts: vec![host.clone()],
            participants: vec![host.clone(), student.clone()],
            waiting_users: vec![other, own.clone()],
            hands_raised: vec![student],
            ..RoomState::default()
        };
        let seen = state.as_seen_waiting(&own.client_id);
        assert_eq!((seen.hosts, seen.participants), (vec![host.clone()], vec![host]));
        assert_eq!((seen.waiting_users, seen.hands_raised), (vec![own], Vec::new()));
    }
}
