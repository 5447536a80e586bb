//! A small STOMP 1.2 client over WebSocket, for what the tests ask of the server beyond what the foreign clients do.

use std::collections::VecDeque;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use serde_json::Value;
use tokio::net::TcpStream;

use crate::deadline::{PATIENCE, within};
use crate::websocket::{Message, WebSocket};

/// A frame, with its headers unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StompFrame {
    /// `MESSAGE`, `ERROR`, …
    pub command: String,
    /// In their order.
    pub headers: Vec<(String, String)>,
    /// What follows the blank line.
    pub body: String,
}

/// A connection that has been let in.
#[derive(Debug)]
pub struct StompClient {
    socket: WebSocket,
    waiting: VecDeque<StompFrame>,
    /// How the connection ended, once it has.
    closed: Option<(u16, String)>,
}

impl StompFrame {
    /// The first header of that name, as the specification reads repeated ones.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.body))
    }

    fn parse(text: &str) -> Result<Self> {
        let malformed = || Error::new(ErrorKind::InvalidData, format!("no STOMP frame: {text:?}"));
        let (head, rest) = text.split_once("\n\n").ok_or_else(malformed)?;
        let body = rest.trim_end_matches('\n').strip_suffix('\0').ok_or_else(malformed)?;
        let mut lines = head.trim_start_matches('\n').split('\n');
        let command = lines.next().unwrap_or_default().to_owned();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').ok_or_else(malformed)?;
            // CONNECTED is not escaped, which makes no difference to what this server says in it.
            Ok((unescape(name), unescape(value)))
        });
        Ok(Self { command, headers: headers.collect::<Result<_>>()?, body: body.to_owned() })
    }
}

impl StompClient {
    /// Connects at `/ws` with a token in the CONNECT frame.
    ///
    /// # Errors
    /// When the server is away, or answers with anything but CONNECTED; the error's text is that answer.
    pub async fn connect(address: SocketAddr, token: &str) -> Result<Self> {
        let socket = WebSocket::open(address, "/ws", &[("Sec-WebSocket-Protocol", "v12.stomp")]).await?;
        Self::connect_over(socket, token).await
    }

    /// The same over a WebSocket that is there.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_over(socket: WebSocket, token: &str) -> Result<Self> {
        let mut client = Self::unconnected(socket);
        let headers = [("accept-version", "1.2"), ("host", "localhost"), ("token", token)];
        client.send("CONNECT", &headers, "").await?;
        match client.next().await? {
            Some(frame) if frame.command == "CONNECTED" => Ok(client),
            other => Err(Error::new(ErrorKind::ConnectionRefused, format!("{other:?} {:?}", client.closed))),
        }
    }

    /// A connection on which CONNECT has not been sent.
    pub fn unconnected(socket: WebSocket) -> Self {
        Self { socket, waiting: VecDeque::new(), closed: None }
    }

    /// Sends a frame, with its headers escaped.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send(&mut self, command: &str, headers: &[(&str, &str)], body: &str) -> Result<()> {
        let mut text = format!("{command}\n");
        for (name, value) in headers {
            text.extend([&escape(name), ":", &escape(value), "\n"]);
        }
        text.extend(["\n", body, "\0"]);
        self.socket.send_text(&text).await
    }

    /// Subscribes and waits for the receipt, from which on nothing is missed. What comes before it is kept.
    ///
    /// # Errors
    /// When the connection ends instead; the error's text is the ERROR frame.
    pub async fn subscribe(&mut self, id: &str, destination: &str, more: &[(&str, &str)]) -> Result<()> {
        let receipt = format!("subscribed-{id}");
        let headers = [&[("id", id), ("destination", destination), ("receipt", &receipt)], more].concat();
        self.send("SUBSCRIBE", &headers, "").await?;
        let mut before = VecDeque::new();
        loop {
            match self.next().await? {
                Some(frame) if frame.command == "RECEIPT" && frame.header("receipt-id") == Some(&receipt) => break,
                Some(frame) if frame.command == "MESSAGE" => before.push_back(frame),
                other => return Err(Error::new(ErrorKind::PermissionDenied, format!("{other:?} {:?}", self.closed))),
            }
        }
        self.waiting.append(&mut before);
        Ok(())
    }

    /// Awaits the next frame; `None` at the end of the connection.
    ///
    /// # Errors
    /// When what comes is no STOMP.
    pub async fn next(&mut self) -> Result<Option<StompFrame>> {
        if let Some(frame) = self.waiting.pop_front() {
            return Ok(Some(frame));
        }
        loop {
            match self.socket.next().await? {
                // A heart-beat.
                Message::Text(text) if text.trim_end_matches(['\n', '\r']).is_empty() => {}
                Message::Text(text) => return StompFrame::parse(&text).map(Some),
                Message::Close(code, reason) => {
                    self.closed = Some((code, reason));
                    return Ok(None);
                }
                Message::Ended => return Ok(None),
            }
        }
    }

    /// Awaits the next MESSAGE's JSON.
    ///
    /// # Panics
    /// When something else comes, or nothing within [`PATIENCE`].
    pub async fn event(&mut self) -> Value {
        let frame = within(PATIENCE, "event", self.next()).await.expect("the server speaks STOMP");
        let frame = frame.unwrap_or_else(|| panic!("the connection ended: {:?}", self.closed));
        assert_eq!(frame.command, "MESSAGE", "{frame:?}");
        frame.json()
    }

    /// Awaits an event of that type, and passes over others.
    ///
    /// # Panics
    /// As [`event`](Self::event).
    pub async fn event_of_type(&mut self, kind: &str) -> Value {
        loop {
            let event = self.event().await;
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// The close code and reason, once the connection has ended.
    pub fn closed(&self) -> Option<(u16, &str)> {
        self.closed.as_ref().map(|(code, reason)| (*code, reason.as_str()))
    }

    /// The TCP stream, and what was read of it beyond the last frame. What came before a receipt is gone.
    pub fn into_parts(self) -> (TcpStream, Vec<u8>) {
        self.socket.into_parts()
    }

    /// The connection below, for what the protocol does not allow.
    pub fn socket(&mut self) -> &mut WebSocket {
        &mut self.socket
    }
}

/// Section "Value Encoding".
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\r', "\\r").replace('\n', "\\n").replace(':', "\\c")
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('c') => ':',
                Some(other) => other,
                None => '\\',
            },
            (other, false) => other,
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_escaped_both_ways() {
        let text = "a:b\\c\r\nd";
        assert_eq!(escape(text), "a\\cb\\\\c\\r\\nd");
        assert_eq!(unescape(&escape(text)), text);
    }

    #[test]
    fn a_frame_is_read() {
        let frame = StompFrame::parse("MESSAGE\nid:1\\c2\n\n{}\0\n").unwrap();
        assert_eq!((frame.command.as_str(), frame.header("id"), frame.body.as_str()), ("MESSAGE", Some("1:2"), "{}"));
        assert!(StompFrame::parse("MESSAGE\n\nwithout its end").is_err());
    }
}
