//! Opening a session: sections "Connecting" and "Protocol Negotiation".

use crate::output::{Connect, Credentials, Output};
use crate::session::{Session, State};
use crate::{Command, Frame, HeartBeat, ProtocolError, Version};

impl Session {
    /// Handles the first frame of a connection.
    pub(super) fn handle_first(&mut self, mut frame: Frame) -> Result<Output, ProtocolError> {
        // Section "CONNECT or STOMP Frame": STOMP is handled in the same manner as CONNECT.
        if !matches!(frame.command, Command::Connect | Command::Stomp) {
            return Err(ProtocolError::NotConnected { command: frame.command.as_str() });
        }
        let Some(version) = Version::negotiate(frame.headers.find("accept-version")) else {
            return Err(ProtocolError::UnsupportedVersion);
        };
        let agreed = if version == Version::V1_0 {
            // 1.0 has no heart-beats and pads values in its examples ("login: <username>").
            frame.headers.trim_values();
            HeartBeat::default()
        } else {
            let header = frame.headers.find("heart-beat");
            self.offer.negotiate(header).ok_or(ProtocolError::InvalidHeartBeat)?
        };
        // Frames that the client sends without waiting for CONNECTED are in the same version.
        self.decoder.set_version(version);
        self.state = State::Connecting { version, agreed };
        let find = |name| frame.headers.find(name).map(str::to_owned);
        let credentials = Credentials {
            login: find("login"),
            passcode: find("passcode"),
            token: find("token"),
            // Names are case sensitive, yet this one comes from HTTP, where they are not.
            authorization: find("Authorization").or_else(|| find("authorization")),
        };
        let host = find("host");
        let headers = frame.headers;
        Ok(Output::Connect(Box::new(Connect { version, host, credentials, heart_beat: agreed, headers })))
    }
}
