//! The sockets' readers for `mockly-fuzz`, which looks for bytes that break them. Nothing of the server uses this.

use bytes::Bytes;
use mockly_domain::UserId;
use mockly_domain::room::RoomCommand;

use super::room::class;
use super::room::inbound::{Fault, Inbound};
use super::ws::frame::{self, Opcode};
use super::ws::reader;

/// The reader of a client's WebSocket frames.
#[derive(Debug)]
pub struct FrameReader(reader::FrameReader);

impl FrameReader {
    /// A reader of messages of at most so many bytes.
    pub fn new(message_bytes_max: usize) -> Self {
        Self(reader::FrameReader::new(message_bytes_max))
    }

    /// The next event as it shows itself, taken off the front of the input.
    ///
    /// # Errors
    /// The code with which the connection is closed.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<String>, u16> {
        let event = self.0.read(input).map_err(|violation| violation.code)?;
        Ok(event.map(|event| format!("{event:?}")))
    }

    /// Bytes of heap that it holds.
    pub fn held_bytes(&self) -> usize {
        self.0.held_bytes()
    }
}

/// A text message as the server sends it.
pub fn encode_text(payload: &[u8]) -> Bytes {
    frame::encode(Opcode::Text, payload)
}

/// What a frame `{event, payload}` asks for.
///
/// # Errors
/// What its sender is told.
pub fn zoom_command(text: &[u8], sender: &UserId) -> Result<RoomCommand, String> {
    command(Inbound::of_event(text), sender)
}

/// What a frame `{action, …}` asks for.
///
/// # Errors
/// What its sender is told.
pub fn class_command(text: &[u8], room: &str, sender: &UserId) -> Result<RoomCommand, String> {
    command(class::inbound(text, room), sender)
}

fn command(inbound: Result<Inbound, Fault>, sender: &UserId) -> Result<RoomCommand, String> {
    inbound.and_then(|inbound| inbound.command(sender)).map_err(|fault| fault.message)
}
