//! The events that have a shape of their own in the dialect of class clients. Ids are `userId` here, names `userName`,
//! and enum values lower-case.

use mockly_domain::room::RoomRole;
use mockly_domain::{ErrorCode, MessageId, Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;

/// `{type, data}`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", content = "data", rename_all = "camelCase")]
pub(crate) enum ClassEvent {
    /// Who one is, where the session stands, and who is there: the first frame.
    Welcome(#[schema(inline)] Welcome),
    /// Somebody said something.
    Message(Message),
    /// A hand went up.
    HandRaised(Person),
    /// A hand went down.
    HandLowered(Person),
    /// Somebody came in, or to the door.
    ParticipantJoined(#[schema(inline)] Joined),
    /// Somebody who was in before has another role now.
    Connect(#[schema(inline)] Promoted),
    /// Somebody is gone for good.
    ParticipantLeft(#[schema(inline)] Left),
    /// The newest messages, oldest first; only to who asked.
    GetRecentChats(Vec<Message>),
    /// Everybody and everything.
    RoomState(#[schema(inline)] State),
    /// The session is over.
    SessionEnded(#[schema(inline)] SessionEnded),
    /// A frame had no effect; only to its sender.
    Error(#[schema(inline)] Refusal),
}

/// The user who did something, or whom it concerns.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ClassPerson)]
pub(crate) struct Person {
    /// The user's id.
    pub(super) user_id: UserId,
    /// The user's name.
    pub(super) user_name: String,
}

/// One who is in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ClassParticipant)]
pub(crate) struct Participant {
    /// The user's id.
    pub(super) user_id: UserId,
    /// The user's name.
    pub(super) user_name: String,
    /// Role in the session, `teacher` or `student` of a class; in an ad-hoc room, in the room.
    pub(super) role: String,
    /// Whether the user is connected at a door or in the media room.
    pub(super) online: bool,
    /// Whether the hand is up.
    pub(super) is_hand_raised: bool,
}

/// Who one is, where the session stands, and who is there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Welcome {
    /// The session's id, or the ad-hoc room's name.
    pub(super) session_id: String,
    /// The own id.
    pub(super) user_id: UserId,
    /// The own role in the session; in an ad-hoc room, in the room.
    pub(super) role: String,
    /// `scheduled`, `live`, `ended` or `cancelled`; absent in an ad-hoc room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<&'static str>,
    /// Distinct users present.
    pub(super) participant_count: u32,
    /// Who is in; for one who waits, the hosts.
    pub(super) participants: Vec<Participant>,
    /// Raised hands, the first raised first.
    pub(super) hands_raised: Vec<Person>,
}

/// A chat message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ClassMessage)]
#[expect(clippy::struct_field_names, reason = "they are the names on the wire")]
pub(crate) struct Message {
    /// The server's id of it.
    pub(super) message_id: MessageId,
    /// The session's id, or the ad-hoc room's name.
    pub(super) session_id: String,
    /// The sender's id.
    pub(super) user_id: UserId,
    /// The sender's name as of then.
    pub(super) user_name: String,
    /// Text, 1 to 1,000 Unicode scalar values.
    pub(super) message: String,
    /// `chat`, `question`, `answer`, `poll` or `system`.
    pub(super) message_type: String,
    /// When it was stored.
    pub(super) timestamp: Timestamp,
    /// The client's id of it, unique per room and sender.
    pub(super) chat_id: String,
}

/// One who is in a room, or waits at its door.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ClassMember)]
pub(crate) struct Member {
    /// The user's id.
    pub(super) client_id: UserId,
    /// The user's name.
    pub(super) display_name: String,
    /// Role in the room.
    pub(super) role: RoomRole,
    /// Role in the session, `teacher` or `student` of a class; absent in an ad-hoc room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_in_session: Option<String>,
    /// Whether the user is connected at a door or in the media room.
    pub(super) online: bool,
}

/// Everybody in a room and what they do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    /// The session's id, or the ad-hoc room's name.
    pub(super) room_id: String,
    /// Who leads.
    pub(super) hosts: Vec<Member>,
    /// Everyone admitted in order of entry, hosts too.
    pub(super) participants: Vec<Member>,
    /// Who waits, in order of entry.
    pub(super) waiting_users: Vec<Member>,
    /// Raised hands, the first raised first.
    pub(super) hands_raised: Vec<Member>,
    /// Who may share the screen by a host's leave.
    pub(super) sharing_screen: Vec<Member>,
    /// Whose microphone is on.
    pub(super) unmuted: Vec<Member>,
    /// Whose camera is on.
    pub(super) camera_on: Vec<Member>,
}

/// One whose role has changed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Promoted {
    /// The user's id.
    pub(super) client_id: UserId,
    /// The user's name.
    pub(super) display_name: String,
    /// Role in the room.
    pub(super) role: RoomRole,
    /// Role in the session, `teacher` or `student` of a class; absent in an ad-hoc room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_in_session: Option<String>,
    /// Distinct users present now.
    pub(super) participant_count: u32,
    /// Always set.
    pub(super) role_changed: bool,
}

/// One who came.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Joined {
    /// The user's id.
    pub(super) user_id: UserId,
    /// The user's name.
    pub(super) user_name: String,
    /// Role in the session; in an ad-hoc room, in the room.
    pub(super) role: String,
    /// Distinct users present now.
    pub(super) participant_count: u32,
}

/// One who is gone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Left {
    /// The user's id.
    pub(super) user_id: UserId,
    /// The user's name.
    pub(super) user_name: String,
    /// Distinct users still present.
    pub(super) participant_count: u32,
}

/// Why the session is over.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionEnded {
    /// The `EndReason` in lower case, such as `host_absent`.
    pub(super) end_reason: String,
}

/// Why a frame had no effect.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Refusal {
    /// Code.
    #[schema(value_type = crate::problem::ErrorCodeSchema)]
    pub(super) code: ErrorCode,
    /// What is wrong and what to do.
    pub(super) message: String,
    /// The action of the frame, where it had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<String>,
}
