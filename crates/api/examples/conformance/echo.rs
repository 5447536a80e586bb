//! What the suites of WebSockets and SockJS expect to talk to.

use std::task::{Context, Poll};

use bytes::Bytes;
use mockly_api::socket::{Application, Ending, Framing, Message, Opening, Protocol};
use mockly_realtime::{Disconnect, Outbox};

/// Most letters of an answer, as a power of two.
const AMPLIFIED_MAX: u32 = 18;

/// What one prefix does with those who connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Sends back what it gets.
    Echo,
    /// Answers a number with so many letters: two to the power of it.
    Amplify,
    /// Closes at once.
    Close,
}

impl Application for Service {
    type Protocol = Speaker;

    fn open(&self, opening: Opening) -> Speaker {
        let Opening { framing, outbox, .. } = opening;
        Speaker { service: *self, framing, outbox }
    }
}

pub(crate) struct Speaker {
    service: Service,
    framing: Framing,
    outbox: Outbox,
}

impl Protocol for Speaker {
    fn wants_message(&self) -> bool {
        self.outbox.has_room()
    }

    fn message(&mut self, _now: u64, message: Message) -> Result<(), Ending> {
        let answer = match (self.service, message) {
            (Service::Amplify, message) => self.framing.frame(&amplify(&message.into_bytes())),
            (_, Message::Text(text)) => self.framing.frame(&Bytes::from(text)),
            (_, Message::Binary(bytes)) => self.framing.frame_binary(&Bytes::from(bytes)),
        };
        // The outbox itself remembers the overload.
        let _cut_off = self.outbox.push(answer);
        Ok(())
    }

    fn received(&mut self, _now: u64) {}

    fn sent(&mut self, _now: u64) {}

    fn poll(&mut self, _cx: &mut Context<'_>, _now: u64) -> Poll<Ending> {
        if self.service != Service::Close {
            return Poll::Pending;
        }
        Poll::Ready(Ending { frames: Vec::new(), code: 3000, reason: "Go away!".into(), label: "closed" })
    }

    fn next_deadline(&self) -> Option<u64> {
        None
    }

    fn disconnect(&mut self, why: Disconnect) -> Ending {
        Ending { frames: Vec::new(), code: why.close_code(), reason: why.close_reason(), label: why.label() }
    }

    fn is_idle(&self) -> bool {
        self.outbox.bytes() == 0
    }
}

fn amplify(message: &[u8]) -> Bytes {
    let power = str::from_utf8(message).ok().and_then(|text| text.trim().parse::<u32>().ok());
    let power = power.filter(|power| (1..=AMPLIFIED_MAX).contains(power)).unwrap_or(1);
    Bytes::from(vec![b'x'; 1 << power])
}
