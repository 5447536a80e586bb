//! From bytes to frames.

mod buffer;
mod line;

use bytes::Bytes;

use crate::{Command, DecodeError, Frame, Headers, Limits, Version};
use buffer::Buffer;
use line::{parse_header, unknown_command};

/// Takes bytes in any pieces and gives the frames they hold.
///
/// [`push`](Self::push) what came, then call [`next_frame`](Self::next_frame) until it gives `None`.
/// The frames and the error depend only on the bytes, never on how they were cut.
/// An error is final: it is given again whatever follows.
///
/// An idle decoder owns no memory on the heap. A busy one owns at most
/// [`Limits::buffered_bytes_max`] of unread bytes and one head of at most [`Limits::frame_bytes_max`].
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    version: Version,
    buffer: Buffer,
    partial: Option<Box<Partial>>,
    failure: Option<Box<DecodeError>>,
}

/// A frame whose command line came.
#[derive(Debug)]
struct Partial {
    frame: Frame,
    /// Bytes of the frame that are taken from the buffer.
    taken: usize,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Head,
    /// The body, with the number of bytes that `content-length` announced.
    Body(Option<usize>),
}

impl Decoder {
    /// A decoder for a new connection; it reads headers without escaping until [`set_version`](Self::set_version).
    pub const fn new(limits: Limits) -> Self {
        Self { limits, version: Version::V1_0, buffer: Buffer::new(), partial: None, failure: None }
    }

    /// Says which version the frames after the last one given are in.
    pub const fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// The limits the decoder was made with.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many bytes of heap the unread bytes occupy.
    pub const fn buffer_bytes(&self) -> usize {
        self.buffer.capacity()
    }

    /// Takes over bytes that came.
    ///
    /// # Errors
    ///
    /// [`DecodeError::InputOverflow`] when more bytes than [`Limits::buffered_bytes_max`] would wait.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        if self.failure.is_some() {
            // What follows an error is dropped; `next_frame` repeats the error.
            return Ok(());
        }
        self.buffer.push(bytes, self.limits.buffered_bytes_max).map_err(|error| self.fail(error))
    }

    /// The next whole frame, or `None` when more bytes are needed. Heart-beats are absorbed.
    ///
    /// # Errors
    ///
    /// A [`DecodeError`] when the bytes break the protocol or a limit.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, DecodeError> {
        if let Some(failure) = &self.failure {
            return Err(DecodeError::clone(failure));
        }
        match self.advance() {
            Ok(frame) => {
                self.buffer.shrink();
                Ok(frame)
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    /// The `receipt` header of the frame that is incomplete or failed, when it was read already.
    ///
    /// Section "ERROR": the ERROR frame should name the receipt of the frame that caused it.
    pub fn partial_receipt(&self) -> Option<&str> {
        self.partial.as_ref().and_then(|partial| partial.frame.headers.find("receipt"))
    }

    fn fail(&mut self, error: DecodeError) -> DecodeError {
        self.buffer = Buffer::new();
        self.failure = Some(Box::new(error.clone()));
        error
    }

    fn advance(&mut self) -> Result<Option<Frame>, DecodeError> {
        loop {
            match self.partial.as_ref().map(|partial| partial.stage) {
                None => {
                    if !self.skip_line_ends()? || !self.read_command()? {
                        return Ok(None);
                    }
                }
                Some(Stage::Head) => {
                    if !self.read_header()? {
                        return Ok(None);
                    }
                }
                Some(Stage::Body(length)) => return self.read_body(length),
            }
        }
    }

    /// Takes the line ends between frames, which are heart-beats; false when nothing but them is there.
    ///
    /// Section "Augmented BNF": line ends may follow the NUL of a frame. They are also taken before the first frame,
    /// since a client may beat before it connects and nothing can be misread.
    fn skip_line_ends(&mut self) -> Result<bool, DecodeError> {
        loop {
            match self.buffer.unread() {
                [b'\n', ..] => self.buffer.take(1),
                [b'\r', b'\n', ..] => self.buffer.take(2),
                [] | [b'\r'] => return Ok(false),
                [b'\r', ..] => return Err(DecodeError::StrayCarriageReturn),
                _ => return Ok(true),
            }
        }
    }

    fn read_command(&mut self) -> Result<bool, DecodeError> {
        let Some(line) = self.find_line(0, 1)? else {
            return Ok(false);
        };
        let text = self.buffer.unread().get(..line.text).unwrap_or_default();
        let Some(command) = Command::find(text) else {
            return Err(unknown_command(text));
        };
        self.buffer.take(line.whole);
        let frame = Frame::new(command, Headers::new());
        self.partial = Some(Box::new(Partial { frame, taken: line.whole, stage: Stage::Head }));
        Ok(true)
    }

    fn read_header(&mut self) -> Result<bool, DecodeError> {
        let Some(mut partial) = self.partial.take() else {
            return Ok(false);
        };
        let outcome = self.read_header_of(&mut partial);
        self.partial = Some(partial);
        outcome
    }

    fn read_header_of(&mut self, partial: &mut Partial) -> Result<bool, DecodeError> {
        let number = partial.frame.headers.len().saturating_add(2);
        if partial.frame.command == Command::Disconnect && self.buffer.unread().first() == Some(&0) {
            // Section "DISCONNECT" shows this frame without its blank line, against the BNF. Nothing can be misread, so
            // the example works; other frames need their blank line.
            partial.stage = Stage::Body(None);
            return Ok(true);
        }
        let Some(line) = self.find_line(partial.taken, number)? else {
            return Ok(false);
        };
        let text = self.buffer.unread().get(..line.text).unwrap_or_default();
        if text.is_empty() {
            self.buffer.take(line.whole);
            partial.taken = partial.taken.saturating_add(line.whole);
            partial.stage = Stage::Body(self.body_length(partial)?);
            return Ok(true);
        }
        let max = self.limits.headers_max;
        if partial.frame.headers.len() >= max {
            return Err(DecodeError::TooManyHeaders { max });
        }
        let (name, value) = parse_header(text, number, self.version, partial.frame.command)?;
        partial.frame.headers.push(name, value);
        self.buffer.take(line.whole);
        partial.taken = partial.taken.saturating_add(line.whole);
        Ok(true)
    }

    /// The body's length if the head announces it, checked before any of the body came.
    fn body_length(&self, partial: &Partial) -> Result<Option<usize>, DecodeError> {
        // Section "Header content-length": a missing one is allowed, the body then ends at the first NUL.
        let Some(text) = partial.frame.headers.find("content-length") else {
            return Ok(None);
        };
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(DecodeError::InvalidContentLength);
        }
        // Digits that do not parse are a number beyond every limit.
        let length = text.parse().unwrap_or(usize::MAX);
        let max = self.limits.frame_bytes_max;
        if partial.taken.saturating_add(length).saturating_add(1) > max {
            return Err(DecodeError::FrameTooLarge { max });
        }
        if length > 0 {
            self.check_body_allowed(partial.frame.command)?;
        }
        Ok(Some(length))
    }

    /// Section "Body": only SEND, MESSAGE and ERROR may have one. STOMP 1.0 says that the body of a SUBSCRIBE is
    /// ignored, so there it is read and dropped; CONNECT is read before the version is known, and strictly.
    const fn check_body_allowed(&self, command: Command) -> Result<(), DecodeError> {
        let is_dropped = matches!(self.version, Version::V1_0) && command.is_escaped();
        if command.may_have_body() || is_dropped {
            return Ok(());
        }
        Err(DecodeError::BodyNotAllowed { command: command.as_str() })
    }

    fn read_body(&mut self, length: Option<usize>) -> Result<Option<Frame>, DecodeError> {
        let Some(partial) = self.partial.as_ref() else {
            return Ok(None);
        };
        let command = partial.frame.command;
        let end = if let Some(length) = length {
            match self.buffer.unread().get(length) {
                None => return Ok(None),
                Some(0) => length,
                Some(_) => return Err(DecodeError::WrongContentLength { length }),
            }
        } else {
            match self.buffer.unread().first() {
                None => return Ok(None),
                Some(0) => 0,
                Some(_) => {
                    self.check_body_allowed(command)?;
                    let Some(end) = self.find_body_end(partial.taken)? else {
                        return Ok(None);
                    };
                    end
                }
            }
        };
        // The body is copied, so that one that is kept does not keep the whole buffer alive.
        let body = self.buffer.unread().get(..end).unwrap_or_default();
        let body = if command.may_have_body() { Bytes::copy_from_slice(body) } else { Bytes::new() };
        self.buffer.take(end.saturating_add(1));
        Ok(self.partial.take().map(|partial| Frame { body, ..partial.frame }))
    }

    fn find_body_end(&mut self, taken: usize) -> Result<Option<usize>, DecodeError> {
        let max = self.limits.frame_bytes_max;
        let allowed = max.saturating_sub(taken);
        let end = self.buffer.find(|byte| byte == 0);
        // The NUL counts, so an end at `allowed` is one byte too far, and so is an end that is still to come.
        if end.unwrap_or(self.buffer.unread().len()) >= allowed {
            return Err(DecodeError::FrameTooLarge { max });
        }
        Ok(end)
    }

    /// The next line of a head of which `taken` bytes were read; `None` when its end did not come yet.
    ///
    /// Limits and NUL are judged by their place in the stream, so that the cut of the bytes cannot change the error.
    fn find_line(&mut self, taken: usize, number: usize) -> Result<Option<Line>, DecodeError> {
        let line_max = self.limits.header_line_bytes_max;
        let frame_max = self.limits.frame_bytes_max;
        let frame_allowed = frame_max.saturating_sub(taken);
        // The text, CR and LF.
        let line_allowed = line_max.saturating_add(2);
        let end = self.buffer.find(|byte| matches!(byte, b'\n' | 0));
        let unread = self.buffer.unread();
        if end.unwrap_or(unread.len()) >= frame_allowed.min(line_allowed) {
            return Err(if line_allowed <= frame_allowed {
                DecodeError::LineTooLong { max: line_max }
            } else {
                DecodeError::FrameTooLarge { max: frame_max }
            });
        }
        let Some(end) = end else {
            return Ok(None);
        };
        let before = unread.get(..end).unwrap_or_default();
        if unread.get(end) == Some(&0) {
            return Err(DecodeError::NulInHead { line: number });
        }
        // Section "Augmented BNF": EOL = [CR] LF. Older versions know LF only, but a CR before it is a line end there
        // too: the version is unknown until CONNECT is read, and no client means a value that ends in CR.
        let text = before.strip_suffix(b"\r").unwrap_or(before).len();
        if text > line_max {
            return Err(DecodeError::LineTooLong { max: line_max });
        }
        Ok(Some(Line { text, whole: end.saturating_add(1) }))
    }
}

/// A line at the start of the unread bytes.
struct Line {
    /// Bytes without the line end.
    text: usize,
    /// Bytes with the line end.
    whole: usize,
}
