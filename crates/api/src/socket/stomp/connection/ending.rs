//! What is said at the end of a STOMP connection, and by which close code.

use mockly_domain::ErrorCode;
use mockly_realtime::Disconnect;
use mockly_stomp::{CloseReason, Output};

use super::StompConnection;
use crate::socket::protocol::Ending;
use crate::socket::stomp::refusal::{Refused, close_code};

impl StompConnection {
    /// The end that the session came to. Its ERROR, if there is one, is queued already.
    pub(super) fn ending_of(&self, reason: CloseReason) -> Ending {
        let (code, label) = match (reason, self.refused) {
            (CloseReason::Disconnected, _) => (1000, "disconnected"),
            (CloseReason::Refused, Some(ErrorCode::TokenExpired)) => (4401, Disconnect::TokenExpired.label()),
            (CloseReason::Refused, Some(code)) => (close_code(code), "refused"),
            (CloseReason::Refused, None) => (1008, "refused"),
            (CloseReason::Protocol(_), _) => (1002, "protocol_error"),
            (CloseReason::ConnectTimeout, _) => (1008, "connect_timeout"),
            (CloseReason::HeartBeatTimeout, _) => (1008, "timed_out"),
        };
        let reason = match (reason, self.refused) {
            (CloseReason::Refused, Some(code)) => code.as_str(),
            (CloseReason::Protocol(code), _) => code,
            _ => label,
        };
        Ending { frames: Vec::new(), code, reason: reason.into(), label }
    }

    /// The end from outside. Its ERROR goes with it, because the outbox may be cut off.
    pub(super) fn farewell(&mut self, why: Disconnect) -> Ending {
        self.running = None;
        let mut frames = Vec::new();
        let refused = match why {
            Disconnect::TokenExpired => Some(ErrorCode::TokenExpired),
            Disconnect::Removed => Some(ErrorCode::AccessDenied),
            // The last two are said to doors alone.
            Disconnect::TooSlow | Disconnect::GoingAway { .. } | Disconnect::Ended | Disconnect::Left => None,
        };
        if let Some(code) = refused {
            self.refuse(&Refused::new(code, code.title()), None);
            while let Some(Output::Transmit(bytes)) = self.session.poll_output() {
                frames.push(self.framing.frame(&bytes));
            }
        }
        Ending { frames, code: why.close_code(), reason: why.close_reason(), label: why.label() }
    }
}
