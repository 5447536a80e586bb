//! A client of a room's door that speaks `{event, payload}`.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::deadline::{PATIENCE, within};
use crate::people::Person;
use crate::websocket::{Message, WebSocket};

/// Somebody at a door.
#[derive(Debug)]
pub struct Door {
    socket: WebSocket,
    /// Everything that was heard, oldest first.
    pub heard: Vec<Value>,
}

impl Door {
    /// Comes to a door.
    ///
    /// # Panics
    /// When the server does not take the connection.
    pub async fn open(address: SocketAddr, door: &str, room: &str, person: &Person) -> Self {
        let path = format!("/ws/{door}/{room}?token={}", person.token);
        let socket = WebSocket::open(address, &path, &[]).await.expect("the door opens");
        Self { socket, heard: Vec::new() }
    }

    /// Sends an event.
    ///
    /// # Panics
    /// When the connection is gone.
    pub async fn send(&mut self, event: &str, payload: &Value) {
        let frame = json!({"event": event, "payload": payload}).to_string();
        self.socket.send_text(&frame).await.expect("the door is open");
    }

    /// The next thing heard.
    ///
    /// # Errors
    /// The close code, where the door was closed.
    ///
    /// # Panics
    /// When nothing comes.
    pub async fn next(&mut self) -> Result<Value, u16> {
        match within(PATIENCE, "something at a door", self.socket.next()).await.expect("the stream is whole") {
            Message::Text(text) => {
                let frame: Value = serde_json::from_str(&text).expect("frames are JSON");
                self.heard.push(frame.clone());
                Ok(frame)
            }
            Message::Close(code, _) => Err(code),
            Message::Ended => Err(1006),
        }
    }

    /// Awaits an event and gives its payload; passes over others.
    ///
    /// # Panics
    /// When the door is closed before.
    pub async fn until(&mut self, event: &str) -> Value {
        loop {
            match self.next().await {
                Ok(frame) if frame["event"] == event => return frame["payload"].clone(),
                Ok(_) => {}
                Err(code) => panic!("closed with {code} while waiting for {event}; heard {:?}", self.heard),
            }
        }
    }

    /// Waits until everything that was done before has been heard.
    ///
    /// # Panics
    /// When the door is closed before.
    pub async fn ping(&mut self) {
        self.send("ping", &json!({})).await;
        self.until("pong").await;
    }

    /// Awaits the end; its close code.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}
