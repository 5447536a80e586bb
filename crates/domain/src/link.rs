//! Where people and clients find a session: absolute addresses from the public one.

use crate::{Session, SessionId, SessionKind};

/// Where people reach the server: `https://meet.example.org`, or with a path below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Takes an `http` or `https` address without query; slashes at its end are dropped.
    pub fn new(url: &str) -> Self {
        Self(url.trim_end_matches('/').to_owned())
    }

    /// The page on which a session takes place.
    pub fn meeting(&self, id: SessionId) -> String {
        format!("{}/meeting/{id}", self.0)
    }

    /// The page of a session whose kind has one.
    pub fn meeting_of(&self, session: &Session) -> Option<String> {
        match session.kind {
            SessionKind::Interview | SessionKind::Mentoring => Some(self.meeting(session.id)),
            SessionKind::Class => None,
        }
    }

    /// The door of a session's room, without a token: `ws` where the public address is `http`, `wss` where it is `https`.
    pub fn websocket_of(&self, session: &Session) -> String {
        let base = match self.0.split_once("://") {
            Some(("https", rest)) => format!("wss://{rest}"),
            Some((_, rest)) => format!("ws://{rest}"),
            None => format!("ws://{}", self.0),
        };
        let door = match session.kind {
            SessionKind::Class => "class",
            SessionKind::Interview | SessionKind::Mentoring => "zoom",
        };
        format!("{base}/ws/{door}/{}", session.id)
    }
}
