//! What a chat message is.

use crate::wire_enum::wire_enum;

wire_enum!(
    /// What a chat message is.
    MessageType {
        /// Talk.
        Chat = "CHAT",
        /// A question to the host.
        Question = "QUESTION",
        /// An answer to one.
        Answer = "ANSWER",
        /// A poll in words.
        Poll = "POLL",
        /// From the server.
        System = "SYSTEM",
    }
);
