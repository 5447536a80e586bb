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

    /// An address: as it is where it is absolute, else a path on this server.
    pub fn resolve(&self, address: &str) -> String {
        if address.starts_with('/') { format!("{}{address}", self.0) } else { address.to_owned() }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Admission, MediaPolicy, SessionStatus, Timestamp, UserId};

    fn session(kind: SessionKind) -> Session {
        Session {
            id: "0197c1a0-0000-7000-8000-000000000000".parse().unwrap(),
            kind,
            status: SessionStatus::Scheduled,
            title: String::new(),
            description: None,
            created_by: UserId::new("ada").unwrap(),
            scheduled_at: Timestamp::EPOCH,
            rescheduled_at: Timestamp::EPOCH,
            started_at: None,
            ended_at: None,
            end_reason: None,
            duration_min: 60,
            time_zone: "UTC".to_owned(),
            max_participants: 2,
            admission: Admission::Open,
            media: MediaPolicy::default(),
            lesson: None,
            first_connected_at: None,
            version: 1,
            last_sequence: 0,
            created_at: Timestamp::EPOCH,
            updated_at: Timestamp::EPOCH,
        }
    }

    #[test]
    fn addresses_keep_host_port_path_and_encryption() {
        let id = "0197c1a0-0000-7000-8000-000000000000";
        for (public, page, socket) in [
            ("https://a.example", "https://a.example/meeting/", "wss://a.example/ws/"),
            ("http://localhost:8080/", "http://localhost:8080/meeting/", "ws://localhost:8080/ws/"),
            ("https://a.example/live/", "https://a.example/live/meeting/", "wss://a.example/live/ws/"),
        ] {
            let public = PublicUrl::new(public);
            for kind in [SessionKind::Interview, SessionKind::Mentoring] {
                assert_eq!(public.meeting_of(&session(kind)), Some(format!("{page}{id}")));
                assert_eq!(public.websocket_of(&session(kind)), format!("{socket}zoom/{id}"));
            }
            assert_eq!(public.meeting_of(&session(SessionKind::Class)), None);
            assert_eq!(public.websocket_of(&session(SessionKind::Class)), format!("{socket}class/{id}"));
        }
    }
}
