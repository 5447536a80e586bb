//! A small WebSocket client (RFC 6455) that sends exactly the frames it is told.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// Largest frame that is taken.
const FRAME_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What kind of frame (section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    /// UTF-8.
    Text = 1,
    /// Bytes.
    Binary = 2,
    /// The end.
    Close = 8,
    /// A question.
    Ping = 9,
    /// Its answer.
    Pong = 10,
}

/// What a server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A whole text message.
    Text(String),
    /// A close frame; the code is 1005 where it has none.
    Close(u16, String),
    /// The connection ended without one.
    Ended,
}

/// An open connection. Pings are answered while it is read from.
#[derive(Debug)]
pub struct WebSocket {
    stream: TcpStream,
    buffer: Vec<u8>,
    read: usize,
}

impl WebSocket {
    /// Connects and shakes hands (section 4.1).
    ///
    /// # Errors
    /// When nobody listens, or the answer is not 101; the error's text has its status line then.
    pub async fn open(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Result<Self> {
        Self::open_over(TcpStream::connect(address).await?, path, headers).await
    }

    /// The same with a small receive buffer, so that a reader that does not read is noticed soon.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_narrow(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(4_096)?;
        Self::open_over(socket.connect(address).await?, path, headers).await
    }

    /// The same over a connection that is there.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_over(mut stream: TcpStream, path: &str, headers: &[(&str, &str)]) -> Result<Self> {
        stream.set_nodelay(true)?;
        let mut request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        );
        for (name, value) in headers {
            request.extend([*name, ": ", *value, "\r\n"]);
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut socket = Self { stream, buffer: Vec::new(), read: 0 };
        socket.read_handshake().await?;
        Ok(socket)
    }

    async fn read_handshake(&mut self) -> Result<()> {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if !self.fill().await? {
                return Err(ended("before the answer to the handshake"));
            }
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let status_line = head.lines().next().unwrap_or_default().to_owned();
        // Section 4.1: the hash of the key that section 1.3 takes as its example.
        if !status_line.contains(" 101 ") || !head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") {
            return Err(Error::new(ErrorKind::ConnectionRefused, status_line));
        }
        self.read = end;
        Ok(())
    }

    /// The TCP stream, and what was read of it beyond the last message.
    pub fn into_parts(mut self) -> (TcpStream, Vec<u8>) {
        self.buffer.drain(..self.read);
        (self.stream, self.buffer)
    }

    /// Sends a text message.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_text(&mut self, text: &str) -> Result<()> {
        self.send(Opcode::Text, text.as_bytes()).await
    }

    /// Sends one frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send(&mut self, opcode: Opcode, payload: &[u8]) -> Result<()> {
        let mut frame = Self::head(opcode, payload.len() as u64);
        // Masking hides nothing from the server, so that any key does; this one leaves the payload as it is.
        frame.extend_from_slice(payload);
        self.stream.write_all(&frame).await
    }

    /// Sends bytes as they are, below the protocol.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).await
    }

    /// The head of a frame that declares so many bytes of payload, masked with zeros (sections 5.2 and 5.3).
    pub fn head(opcode: Opcode, length: u64) -> Vec<u8> {
        let mut head = vec![0x80 | opcode as u8];
        match length {
            0..=125 => head.push(0x80 | u8::try_from(length).unwrap_or(125)),
            126..=0xffff => {
                head.push(0xfe);
                head.extend_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
            }
            _ => {
                head.push(0xff);
                head.extend_from_slice(&length.to_be_bytes());
            }
        }
        head.extend_from_slice(&[0; 4]);
        head
    }

    /// Awaits the next message.
    ///
    /// # Errors
    /// When what comes is not what a server may send.
    pub async fn next(&mut self) -> Result<Message> {
        loop {
            let Some((opcode, payload)) = self.next_frame().await? else { return Ok(Message::Ended) };
            match opcode {
                1 => {
                    let text = String::from_utf8(payload).map_err(|_malformed| malformed("text that is not UTF-8"))?;
                    return Ok(Message::Text(text));
                }
                8 => {
                    let (code, reason) = payload.split_at_checked(2).unwrap_or((&[0x03, 0xed], &[]));
                    let code = u16::from_be_bytes([code[0], code[1]]);
                    return Ok(Message::Close(code, String::from_utf8_lossy(reason).into_owned()));
                }
                9 => self.send(Opcode::Pong, &payload).await?,
                10 => {}
                _ => return Err(malformed("a frame of an unexpected kind")),
            }
        }
    }

    /// The next frame; `None` where the connection has ended. May be dropped and called again.
    async fn next_frame(&mut self) -> Result<Option<(u8, Vec<u8>)>> {
        loop {
            let waiting = &self.buffer[self.read..];
            if let Some((opcode, head, length)) = parse_head(waiting)?
                && let Some(payload) = waiting.get(head..head + length)
            {
                let payload = payload.to_vec();
                self.read += head + length;
                if self.read == self.buffer.len() {
                    self.buffer.clear();
                    self.read = 0;
                }
                return Ok(Some((opcode, payload)));
            }
            match self.fill().await {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads what is there; `false` at the end.
    async fn fill(&mut self) -> Result<bool> {
        self.buffer.drain(..self.read);
        self.read = 0;
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }
}

/// Opcode, length of the head and of the payload; `None` while it is not all there.
fn parse_head(bytes: &[u8]) -> Result<Option<(u8, usize, usize)>> {
    let [first, second, ..] = *bytes else { return Ok(None) };
    // Section 5.1: a server does not mask. Ours never splits a message, and extensions were not agreed on.
    if first & 0xf0 != 0x80 || second & 0x80 != 0 {
        return Err(malformed("a fragment, a reserved bit or a mask"));
    }
    let (head, length) = match second {
        126 => match bytes.get(2..4) {
            Some(length) => (4, u64::from(u16::from_be_bytes([length[0], length[1]]))),
            None => return Ok(None),
        },
        127 => match bytes.get(2..10).and_then(|length| length.try_into().ok()) {
            Some(length) => (10, u64::from_be_bytes(length)),
            None => return Ok(None),
        },
        length => (2, u64::from(length)),
    };
    if length > FRAME_BYTES_MAX {
        return Err(malformed("a frame of more than 16 MiB"));
    }
    Ok(Some((first & 0x0f, head, usize::try_from(length).unwrap_or(usize::MAX))))
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("the server sent {what}"))
}

fn ended(when: &str) -> Error {
    Error::new(ErrorKind::UnexpectedEof, format!("the connection ended {when}"))
}
