//! From answers to bytes.

use bytes::Bytes;

use crate::escape::Escaping;
use crate::headers::is_reserved;
use crate::{Command, Frame, HeartBeat, Version};

/// What all copies of a MESSAGE have in common.
#[derive(Clone, Copy, Debug)]
pub struct MessageHead<'a> {
    /// The destination the message was sent to.
    pub destination: &'a str,
    /// The unique id of the message.
    pub message_id: &'a str,
    /// The media type of the body.
    pub content_type: Option<&'a str>,
    /// Further headers. Those that the frame sets itself (`subscription`, `ack`, `content-length`, ...) are left out.
    pub headers: &'a [(&'a str, &'a str)],
}

/// A MESSAGE that is encoded once for all subscribers of one version.
///
/// A MESSAGE frame carries the id of the subscription it answers, so it differs between subscribers in its first lines
/// only. [`tail`](Self::tail) is the same for all; [`head`](Self::head) is worth keeping per distinct id, of which there
/// are few: clients number their subscriptions from zero. [`frame`](Self::frame) joins the two.
#[derive(Clone, Debug)]
pub struct SharedMessage {
    version: Version,
    tail: Bytes,
}

impl SharedMessage {
    /// Encodes what is the same for all subscribers: further headers, `content-length`, body and NUL.
    pub fn new(version: Version, head: &MessageHead<'_>, body: &[u8]) -> Self {
        let mut writer = Writer::continued(version, Command::Message, body.len().saturating_add(256));
        writer.header("destination", head.destination);
        writer.header("message-id", head.message_id);
        if let Some(content_type) = head.content_type {
            writer.header("content-type", content_type);
        }
        for (name, value) in head.headers.iter().filter(|(name, _)| !is_reserved(name)) {
            writer.header(name, value);
        }
        Self { version, tail: writer.finish(body) }
    }

    /// The version that subscribers must speak to understand this encoding.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The first part of the frame, for one subscription.
    ///
    /// `ack` is the value that ACK and NACK refer to; section "MESSAGE" wants it when the subscription acknowledges
    /// explicitly. Only 1.2 has the header, so it is left out before.
    pub fn head(&self, subscription: &str, ack: Option<&str>) -> Bytes {
        self.start(subscription, ack, 0).into()
    }

    /// The second part of the frame, the same for all subscriptions.
    pub const fn tail(&self) -> &Bytes {
        &self.tail
    }

    /// The whole frame for one subscription, in one piece.
    pub fn frame(&self, subscription: &str, ack: Option<&str>) -> Bytes {
        let mut out = self.start(subscription, ack, self.tail.len());
        out.extend_from_slice(&self.tail);
        out.into()
    }

    fn start(&self, subscription: &str, ack: Option<&str>, more: usize) -> Vec<u8> {
        let size = subscription.len().saturating_add(ack.map_or(0, str::len)).saturating_add(40).saturating_add(more);
        let mut writer = Writer::new(self.version, Command::Message, size);
        writer.header("subscription", subscription);
        if let Some(ack) = ack.filter(|_| self.version == Version::V1_2) {
            writer.header("ack", ack);
        }
        writer.out
    }
}

/// An ERROR frame, after which the connection must be closed (section "ERROR").
#[derive(Clone, Copy, Debug)]
pub struct ErrorFrame<'a> {
    /// A short code, for the `message` header.
    pub code: &'a str,
    /// A sentence that says what to do, for the body.
    pub detail: &'a str,
    /// The `receipt` header of the frame that caused the error.
    pub receipt_id: Option<&'a str>,
    /// Whether the `version` header lists what the server speaks (section "Protocol Negotiation").
    pub lists_versions: bool,
}

impl ErrorFrame<'_> {
    /// The frame's bytes.
    ///
    /// Before CONNECTED the client does not know which version is spoken, so such an error is encoded as 1.0.
    pub fn encode(&self, version: Version) -> Bytes {
        let mut writer = Writer::new(version, Command::Error, self.detail.len().saturating_add(160));
        writer.header("message", self.code);
        if let Some(receipt_id) = self.receipt_id {
            writer.header("receipt-id", receipt_id);
        }
        if self.lists_versions {
            writer.header("version", &Version::ALL.map(Version::as_str).join(","));
        }
        writer.header("content-type", "text/plain");
        writer.finish(self.detail.as_bytes())
    }
}

/// A CONNECTED frame. `offer` is what the server can do, not what was agreed: the client works that out by itself
/// (section "Heart-beating"); 1.0 has no heart-beats, so it is left out there.
pub fn encode_connected(version: Version, offer: HeartBeat, headers: &[(&str, &str)]) -> Bytes {
    let mut writer = Writer::new(version, Command::Connected, 128);
    writer.header("version", version.as_str());
    if version > Version::V1_0 {
        writer.header("heart-beat", &format!("{},{}", offer.send_ms, offer.receive_ms));
    }
    for (name, value) in headers {
        writer.header(name, value);
    }
    writer.finish(&[])
}

/// A RECEIPT frame for the frame whose `receipt` header had this value.
pub fn encode_receipt(version: Version, receipt_id: &str) -> Bytes {
    let mut writer = Writer::new(version, Command::Receipt, receipt_id.len().saturating_add(32));
    writer.header("receipt-id", receipt_id);
    writer.finish(&[])
}

/// Any frame, for clients in tests and for the law that a decoded encoding is the frame again.
///
/// A `content-length` entry is replaced by the true one, and a body that the command must not have is left out.
/// Headers with an empty name are left out, since no version can express them.
pub fn encode_frame(version: Version, frame: &Frame) -> Bytes {
    let mut writer = Writer::new(version, frame.command, frame.body.len().saturating_add(256));
    for (name, value) in frame.headers.iter().filter(|(name, _)| *name != "content-length") {
        writer.header(name, value);
    }
    writer.finish(&frame.body)
}

/// Writes one frame line by line.
struct Writer {
    out: Vec<u8>,
    command: Command,
    escaping: Escaping,
}

impl Writer {
    fn new(version: Version, command: Command, size: usize) -> Self {
        let mut writer = Self::continued(version, command, size);
        writer.out.extend_from_slice(command.as_str().as_bytes());
        writer.out.push(b'\n');
        writer
    }

    /// A frame whose first lines are written elsewhere.
    fn continued(version: Version, command: Command, size: usize) -> Self {
        Self { out: Vec::with_capacity(size), command, escaping: Escaping::of(version, command) }
    }

    fn header(&mut self, name: &str, value: &str) {
        if name.is_empty() {
            return;
        }
        self.escaping.write_name(&mut self.out, name);
        self.out.push(b':');
        self.escaping.write_value(&mut self.out, value);
        self.out.push(b'\n');
    }

    fn finish(mut self, body: &[u8]) -> Bytes {
        if self.command.may_have_body() {
            // Always sent, so that no client has to search the body for NUL.
            self.header("content-length", &body.len().to_string());
        }
        self.out.push(b'\n');
        if self.command.may_have_body() {
            self.out.extend_from_slice(body);
        }
        self.out.push(0);
        self.out.into()
    }
}
