//! Frames of clients, as the document lists them. `socket/room/inbound.rs` reads them: these types are never made, and a
//! test has every one of them read.

use mockly_domain::room::{MediaSource, MessageType};
use mockly_domain::{MessageId, PollId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

/// `{event, payload}`, one for every command.
#[derive(Serialize, ToSchema)]
#[serde(tag = "event", content = "payload", rename_all = "snake_case")]
#[expect(dead_code, reason = "only describes the frames")]
pub(super) enum RoomFrame {
    /// Answered by `pong` when everything that was done before has been heard.
    Ping(RoomSender),
    /// Say something.
    AddChat(#[schema(inline)] AddChat),
    /// Take a message back: one's own, or as host anybody's.
    DeleteChat(#[schema(inline)] DeleteChat),
    /// Ask for the newest messages.
    GetRecentChats(RoomSender),
    /// Raise the own hand.
    RaiseHand(RoomSender),
    /// Lower the own hand, or as host somebody's or everybody's.
    LowerHand(#[schema(inline)] LowerHand),
    /// Knock again.
    RequestWaiting(RoomSender),
    /// Let in. Accepting one who was denied or removed undoes it.
    AcceptWaiting(RoomTarget),
    /// Turn away.
    DenyWaiting(RoomTarget),
    /// Ask to share the screen.
    RequestScreenshare(RoomSender),
    /// Allow it.
    AcceptScreenshare(RoomTarget),
    /// Refuse it, or take it back.
    DenyScreenshare(RoomTarget),
    /// Stop sharing: the own screen, and as host everybody's.
    StopScreenshare(RoomSender),
    /// Tell that the own microphone is on or off.
    ToggleAudio(#[schema(inline)] Toggle),
    /// Tell that the own camera is on or off.
    ToggleVideo(#[schema(inline)] Toggle),
    /// Turn somebody's source off.
    MuteParticipant(#[schema(inline)] MuteParticipant),
    /// Ask somebody to unmute.
    AskUnmute(RoomTarget),
    /// Throw somebody out.
    RemoveParticipant(RoomTarget),
    /// Ask the room.
    CreatePoll(#[schema(inline)] CreatePoll),
    /// Choose an answer, or another one.
    VotePoll(#[schema(inline)] VotePoll),
    /// Take no more votes.
    ClosePoll(#[schema(inline)] ClosePoll),
}

/// Who sends; may be left out, and empty. `displayName` and `timestamp` are ignored wherever they stand.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoomSender {
    /// The own id; another's is refused.
    client_id: Option<UserId>,
}

/// Whom it concerns.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only describes the frames")]
pub(super) enum RoomTarget {
    /// One user.
    User {
        /// The user's id.
        #[serde(rename = "clientId")]
        client_id: UserId,
    },
    /// Everyone to whom it can apply.
    All {
        /// `true`.
        all: bool,
    },
}

/// What to say.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddChat {
    /// The own id; another's is refused.
    client_id: Option<UserId>,
    /// The client's own id of it, which makes a repeat harmless.
    #[schema(max_length = 128)]
    chat_id: Option<String>,
    /// Text, 1 to 1,000 Unicode scalar values after trimming.
    #[schema(min_length = 1)]
    chat_content: String,
    /// What kind of text; absent: CHAT. SYSTEM is the server's.
    message_type: Option<MessageType>,
}

/// Which message.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only describes the frames")]
pub(super) enum DeleteChat {
    /// By the server's id.
    Id {
        /// The server's id.
        #[serde(rename = "messageId")]
        message_id: MessageId,
    },
    /// By the client's id: one's own, or for a host else the newest of that id.
    ChatId {
        /// The client's id.
        #[serde(rename = "chatId")]
        chat_id: String,
    },
}

/// Whose hand: the own one where nobody is named.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LowerHand {
    /// The user's id.
    client_id: Option<UserId>,
    /// Everybody's.
    all: Option<bool>,
}

/// Whether it is on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Toggle {
    /// The own id; another's is refused.
    client_id: Option<UserId>,
    /// Whether it is on.
    enabled: bool,
}

/// Whose source, and which.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MuteParticipant {
    #[serde(flatten)]
    target: RoomTarget,
    /// Which.
    source: MediaSource,
}

/// What to ask.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatePoll {
    /// The own id; another's is refused.
    client_id: Option<UserId>,
    /// The question.
    #[schema(min_length = 1)]
    chat_content: String,
    /// The answers to choose from, each 1 to 200 Unicode scalar values after trimming.
    #[schema(min_items = 2, max_items = 10)]
    options: Vec<String>,
}

/// Which answer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "they are the names on the wire")]
pub(super) struct VotePoll {
    /// The own id; another's is refused.
    client_id: Option<UserId>,
    /// Of which poll.
    poll_id: PollId,
    /// Which answer.
    option_id: String,
}

/// Which poll.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClosePoll {
    /// The own id; another's is refused.
    client_id: Option<UserId>,
    /// Which poll.
    poll_id: PollId,
}
