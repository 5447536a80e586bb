//! A client at a door of a room, in the dialect that the door speaks; what it hears is told in one set of names.

use std::io::Result;
use std::net::SocketAddr;

use serde_json::{Map, Value, json};

use crate::deadline::{PATIENCE, within};
use crate::people::Person;
use crate::websocket::{Message, Opcode, WebSocket};

/// Something that was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Its name at the doors `zoom`, `chat` and `screenshare`, such as `add_chat`.
    pub name: String,
    /// What was said; a `userId` of the door `class` stands as `clientId` too.
    pub payload: Value,
}

impl Heard {
    /// Whom it is about.
    pub fn who(&self) -> &str {
        self.payload["clientId"].as_str().unwrap_or_default()
    }
}

/// Somebody at a door.
#[derive(Debug)]
pub struct Door {
    socket: WebSocket,
    is_class: bool,
}

impl Door {
    /// Comes to a door.
    ///
    /// # Panics
    /// When there is no upgrade.
    pub async fn open(address: SocketAddr, door: &str, room: &str, person: &Person) -> Self {
        let path = format!("/ws/{door}/{room}?token={}", person.token);
        let opening = WebSocket::open(address, &path, &[]);
        let socket = within(PATIENCE, "upgrade at a door", opening).await;
        let socket = socket.unwrap_or_else(|error| panic!("{} at the door {door}: {error}", person.id));
        Self { socket, is_class: door == "class" }
    }

    /// Sends an event by its name at the door `zoom`, or whatever that is at this door.
    ///
    /// # Panics
    /// When the connection is gone.
    pub async fn send(&mut self, event: &str, payload: Value) {
        self.try_send(event, payload).await.expect("the connection goes on");
    }

    /// The same where the server may have hung up.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn try_send(&mut self, event: &str, payload: Value) -> Result<()> {
        let frame = if self.is_class { action(event, payload) } else { json!({"event": event, "payload": payload}) };
        self.socket.send_text(&frame.to_string()).await
    }

    /// Awaits what is heard next.
    ///
    /// # Errors
    /// The close code; 1006 where the connection ended without one.
    ///
    /// # Panics
    /// When nothing comes, or what the protocol does not allow.
    pub async fn next(&mut self) -> std::result::Result<Heard, u16> {
        match within(PATIENCE, "event at a door", self.socket.next()).await {
            Ok(Message::Text(text)) => Ok(self.read(&text)),
            Ok(Message::Close(code, _)) => Err(code),
            Ok(Message::Ended) => Err(1_006),
            Err(error) => panic!("{error}"),
        }
    }

    /// The next event; the connection goes on.
    ///
    /// # Panics
    /// When it does not.
    pub async fn hear(&mut self) -> Heard {
        self.next().await.unwrap_or_else(|code| panic!("closed with {code}"))
    }

    /// Awaits an event of that name, and passes over others.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn until(&mut self, name: &str) -> Heard {
        loop {
            let heard = self.hear().await;
            if heard.name == name {
                return heard;
            }
        }
    }

    /// Everything up to the answer to a ping. Then what was done before it has been heard.
    ///
    /// # Panics
    /// When the connection ends.
    pub async fn news(&mut self) -> Vec<Heard> {
        self.send("ping", json!({})).await;
        let mut news = Vec::new();
        loop {
            let heard = self.hear().await;
            if heard.name == "pong" {
                return news;
            }
            news.push(heard);
        }
    }

    /// What is heard until the server closes, and the close code.
    ///
    /// # Panics
    /// When it goes on.
    pub async fn closed(&mut self) -> (Vec<Heard>, u16) {
        let mut heard = Vec::new();
        loop {
            match self.next().await {
                Ok(next) => heard.push(next),
                Err(code) => return (heard, code),
            }
        }
    }

    /// Says goodbye and waits for the end.
    pub async fn close(mut self) {
        // It may be closed from the other side already, which comes to the same.
        if self.socket.send(Opcode::Close, &1_000_u16.to_be_bytes()).await.is_ok() {
            while self.next().await.is_ok() {}
        }
    }

    fn read(&self, text: &str) -> Heard {
        let mut frame: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"));
        let (name, said) = if self.is_class { ("type", "data") } else { ("event", "payload") };
        let name = frame[name].as_str().unwrap_or_else(|| panic!("no name in {text}")).to_owned();
        let mut payload = frame[said].take();
        if !self.is_class {
            return Heard { name, payload };
        }
        let name = match name.as_str() {
            "message" => "add_chat".to_owned(),
            "handRaised" => "raise_hand".to_owned(),
            "handLowered" => "lower_hand".to_owned(),
            "participantJoined" => "connect".to_owned(),
            "participantLeft" => "disconnect".to_owned(),
            other => snake_case(other),
        };
        if let Some(user) = payload.get("userId").cloned() {
            payload["clientId"] = user;
        }
        Heard { name, payload }
    }
}

fn action(event: &str, payload: Value) -> Value {
    let mut fields = match payload {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    let action = if event == "add_chat" { "sendMessage".to_owned() } else { camel_case(event) };
    if event == "add_chat"
        && let Some(content) = fields.remove("chatContent")
    {
        fields.insert("message".to_owned(), content);
    }
    fields.insert("action".to_owned(), Value::String(action));
    Value::Object(fields)
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        name + &initial.to_ascii_uppercase() + rest
    })
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
