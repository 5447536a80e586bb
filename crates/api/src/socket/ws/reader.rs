//! Reads the frames of a client (RFC 6455, section 5) from any split of the byte stream, without input or output.
//!
//! Everything that can be refused is refused as early as it can be: the header is judged before any payload is taken,
//! so a frame that declares 2 GiB costs its 14 bytes of header and no more, fragments are counted as one message, and
//! text that cannot become UTF-8 any more is refused before the rest of it has come.

use crate::socket::ws::frame::{CONTROL_BYTES_MAX, Opcode};

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;
/// Longest header of a client's frame: two bytes, a length of eight, a mask of four (section 5.2).
const HEADER_BYTES_MAX: usize = 14;

/// What a client sent, whole and unmasked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A text message; its UTF-8 is checked (section 8.1).
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// A ping, to be answered by a pong with the same payload (section 5.5.2).
    Ping(Vec<u8>),
    /// A pong.
    Pong,
    /// A close frame and its code, if it had one (section 5.5.1).
    Close(Option<u16>),
}

/// The client broke the protocol or a limit; the connection is to be closed with this code and reason (section 7.1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
}

const fn protocol(reason: &'static str) -> Violation {
    Violation { code: 1002, reason }
}

const TOO_BIG: Violation = Violation { code: 1009, reason: "message too big" };
const INVALID_UTF8: Violation = Violation { code: 1007, reason: "text is not UTF-8" };

/// The reading half of one connection. Between messages it owns no heap.
#[derive(Debug)]
pub(crate) struct FrameReader {
    message_bytes_max: usize,
    header: Header,
    /// The frame whose payload is being taken.
    frame: Option<Frame>,
    /// The message that the fragments so far make up; text when `true` (section 5.4).
    fragments: Option<bool>,
    message: Vec<u8>,
    /// So many bytes of the message are known to be UTF-8, where it is text that comes in parts.
    checked: usize,
    control: Vec<u8>,
}

/// The bytes of a header so far.
#[derive(Debug, Clone, Copy, Default)]
struct Header {
    bytes: [u8; HEADER_BYTES_MAX],
    taken: u8,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    opcode: Opcode,
    is_final: bool,
    missing: usize,
    mask: [u8; 4],
}

impl FrameReader {
    /// A reader of messages of at most so many bytes, all their fragments together.
    pub(crate) fn new(message_bytes_max: usize) -> Self {
        Self {
            message_bytes_max,
            header: Header::default(),
            frame: None,
            fragments: None,
            message: Vec::new(),
            checked: 0,
            control: Vec::new(),
        }
    }

    /// Takes bytes off the front of `input` until an event is complete or nothing is left.
    ///
    /// # Errors
    /// [`Violation`]; nothing may be read after it.
    pub(crate) fn read(&mut self, input: &mut &[u8]) -> Result<Option<Event>, Violation> {
        loop {
            let Some(frame) = &mut self.frame else {
                if !self.header.take(input) {
                    return Ok(None);
                }
                let header = std::mem::take(&mut self.header);
                self.frame = Some(self.judge(header)?);
                continue;
            };
            let taken = frame.missing.min(input.len());
            let (payload, rest) = input.split_at(taken);
            *input = rest;
            let target = if frame.opcode.is_control() { &mut self.control } else { &mut self.message };
            unmask(payload, &mut frame.mask, target);
            frame.missing -= taken;
            let frame = *frame;
            if frame.missing > 0 {
                self.check_text()?;
                return Ok(None);
            }
            self.frame = None;
            if let Some(event) = self.finish(frame)? {
                return Ok(Some(event));
            }
        }
    }

    /// Bytes of heap that are held for what has not come to its end.
    pub(crate) fn held_bytes(&self) -> usize {
        self.message.capacity() + self.control.capacity()
    }

    /// Checks a header against section 5 and the limit before any payload is taken.
    fn judge(&mut self, header: Header) -> Result<Frame, Violation> {
        let [first, second, ..] = header.bytes;
        if first & RESERVED != 0 {
            return Err(protocol("reserved bits are set and no extension is agreed"));
        }
        let opcode = Opcode::parse(first).ok_or(protocol("unknown opcode"))?;
        if second & MASKED == 0 {
            return Err(protocol("frames of a client must be masked"));
        }
        let is_final = first & FIN != 0;
        let length = header.length().ok_or(TOO_BIG)?;
        if opcode.is_control() {
            if !is_final || length > CONTROL_BYTES_MAX {
                return Err(protocol("control frames must be whole and at most 125 bytes"));
            }
        } else {
            match (opcode, self.fragments) {
                (Opcode::Continuation, None) => return Err(protocol("there is no message to continue")),
                (Opcode::Text | Opcode::Binary, Some(_)) => return Err(protocol("the last message is not complete")),
                (Opcode::Text | Opcode::Binary, None) => self.fragments = Some(opcode == Opcode::Text),
                _ => {}
            }
            if self.message.len().saturating_add(length) > self.message_bytes_max {
                return Err(TOO_BIG);
            }
        }
        Ok(Frame { opcode, is_final, missing: length, mask: header.mask() })
    }

    /// Refuses text that cannot become UTF-8, whatever follows (section 8.1). The last character may be incomplete.
    fn check_text(&mut self) -> Result<(), Violation> {
        if self.fragments != Some(true) {
            return Ok(());
        }
        match str::from_utf8(self.message.get(self.checked..).unwrap_or_default()) {
            Ok(text) => self.checked += text.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(INVALID_UTF8),
        }
        Ok(())
    }

    fn finish(&mut self, frame: Frame) -> Result<Option<Event>, Violation> {
        match frame.opcode {
            Opcode::Ping => Ok(Some(Event::Ping(std::mem::take(&mut self.control)))),
            Opcode::Pong => {
                self.control = Vec::new();
                Ok(Some(Event::Pong))
            }
            Opcode::Close => close_code(&std::mem::take(&mut self.control)).map(|code| Some(Event::Close(code))),
            _ if !frame.is_final => self.check_text().map(|()| None),
            _ => {
                self.checked = 0;
                let message = std::mem::take(&mut self.message);
                if self.fragments.take() == Some(true) {
                    return String::from_utf8(message)
                        .map(|text| Some(Event::Text(text)))
                        .map_err(|_broken| INVALID_UTF8);
                }
                Ok(Some(Event::Binary(message)))
            }
        }
    }
}

impl Header {
    /// Takes what is missing of a header; `true` when it is complete.
    fn take(&mut self, input: &mut &[u8]) -> bool {
        while usize::from(self.taken) < self.needed() {
            let Some((byte, rest)) = input.split_first() else { return false };
            if let Some(place) = self.bytes.get_mut(usize::from(self.taken)) {
                *place = *byte;
            }
            self.taken += 1;
            *input = rest;
        }
        true
    }

    /// How long the header is, as far as its bytes tell. An unmasked one is refused, so its missing mask is not
    /// waited for.
    fn needed(&self) -> usize {
        let [_, second, ..] = self.bytes;
        if self.taken < 2 {
            return 2;
        }
        let mask = if second & MASKED == 0 { 0 } else { 4 };
        mask + match second & !MASKED {
            126 => 4,
            127 => 10,
            _ => 2,
        }
    }

    /// The declared length; `None` when no message can be that long. The most significant bit of the long form must be
    /// 0 (section 5.2), which this refuses with it. A length in a longer form than needed is read all the same, as
    /// other servers do.
    fn length(&self) -> Option<usize> {
        let [_, second, rest @ ..] = &self.bytes;
        match second & !MASKED {
            126 => rest.first_chunk().map(|length| usize::from(u16::from_be_bytes(*length))),
            127 => rest.first_chunk().and_then(|length| usize::try_from(i64::from_be_bytes(*length)).ok()),
            short => Some(usize::from(short)),
        }
    }

    fn mask(&self) -> [u8; 4] {
        let end = usize::from(self.taken).min(HEADER_BYTES_MAX);
        let mask = end.checked_sub(4).and_then(|start| self.bytes.get(start..end));
        mask.and_then(|mask| mask.try_into().ok()).unwrap_or_default()
    }
}

/// Appends the payload unmasked (section 5.3) and turns the mask to where the next byte needs it.
fn unmask(payload: &[u8], mask: &mut [u8; 4], out: &mut Vec<u8>) {
    out.reserve(payload.len());
    let words = payload.chunks_exact(4);
    let rest = words.remainder();
    for word in words {
        let mut bytes = *mask;
        for (byte, masked) in bytes.iter_mut().zip(word) {
            *byte ^= masked;
        }
        out.extend_from_slice(&bytes);
    }
    out.extend(rest.iter().zip(*mask).map(|(byte, key)| byte ^ key));
    mask.rotate_left(rest.len());
}

/// The code of a close frame's payload (sections 5.5.1 and 7.4).
fn close_code(payload: &[u8]) -> Result<Option<u16>, Violation> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return if payload.is_empty() {
            Ok(None)
        } else {
            Err(protocol("a close frame has no code or one of two bytes"))
        };
    };
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(protocol("that close code must not be sent"));
    }
    if std::str::from_utf8(reason).is_err() {
        return Err(INVALID_UTF8);
    }
    Ok(Some(code))
}

#[cfg(test)]
mod tests;
