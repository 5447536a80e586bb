//! What subscribers note of the messages that reach them.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::Notify;

/// The text by which a message is known among the bytes around it: `@` run, topic, number of the message in its topic,
/// and when it was due in microseconds of the run, each of fixed width, `@`.
pub(crate) const STAMP_LENGTH: usize = 2 + 4 + 4 + 8 + 12 + 3;

/// A message's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) run: u32,
    pub(crate) topic: u32,
    pub(crate) number: u32,
    pub(crate) due_us: u64,
}

impl Stamp {
    pub(crate) fn text(self) -> String {
        let Self { run, topic, number, due_us } = self;
        format!("@{run:04} {topic:04} {number:08} {due_us:012}@")
    }

    /// Finds the first one in a message.
    pub(crate) fn find(bytes: &[u8]) -> Option<Self> {
        let mut from = 0;
        while let Some(at) = bytes[from..].iter().position(|byte| *byte == b'@').map(|at| from + at) {
            if let Some(stamp) = bytes.get(at..at + STAMP_LENGTH).and_then(Self::parse) {
                return Some(stamp);
            }
            from = at + 1;
        }
        None
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes.strip_prefix(b"@")?.strip_suffix(b"@")?).ok()?;
        let mut parts = text.split(' ');
        let mut next = || parts.next()?.parse::<u64>().ok();
        let [run, topic, number] = [next()?, next()?, next()?].map(|part| u32::try_from(part).unwrap_or(u32::MAX));
        Some(Self { run, topic, number, due_us: next()? })
    }
}

/// One run's tally, shared by all subscribers.
#[derive(Debug, Clone)]
pub(crate) struct Tally(Rc<Shared>);

#[derive(Debug)]
struct Shared {
    began: Instant,
    state: RefCell<State>,
    complete: Notify,
}

#[derive(Debug, Default)]
struct State {
    run: u32,
    expected: usize,
    latencies_us: Vec<u32>,
    out_of_order: u64,
    lost_connections: u64,
    bytes: usize,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self(Rc::new(Shared { began: Instant::now(), state: RefCell::default(), complete: Notify::new() }))
    }

    /// Microseconds of the run's clock.
    pub(crate) fn now_us(&self) -> u64 {
        u64::try_from(self.0.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Begins a new run and forgets the last one. Returns its number.
    pub(crate) fn begin(&self, expected: usize) -> u32 {
        let mut state = self.0.state.borrow_mut();
        *state = State { run: state.run + 1, expected, ..State::default() };
        state.latencies_us.reserve_exact(expected);
        state.run
    }

    /// A message has arrived; `last` is the number before it of the same topic at the same subscriber.
    pub(crate) fn note(&self, stamp: Stamp, bytes: usize, last: &mut (u32, u32)) {
        let mut state = self.0.state.borrow_mut();
        if stamp.run != state.run {
            return;
        }
        state.bytes += bytes;
        let follows = if last.0 == stamp.run { stamp.number == last.1 + 1 } else { stamp.number == 0 };
        *last = (stamp.run, stamp.number);
        state.out_of_order += u64::from(!follows);
        let latency = self.now_us().saturating_sub(stamp.due_us);
        state.latencies_us.push(u32::try_from(latency).unwrap_or(u32::MAX));
        if state.latencies_us.len() >= state.expected {
            self.0.complete.notify_one();
        }
    }

    pub(crate) fn connection_lost(&self) {
        self.0.state.borrow_mut().lost_connections += 1;
    }

    /// Waits until everything has arrived.
    pub(crate) async fn complete(&self) {
        while self.received() < self.0.state.borrow().expected {
            self.0.complete.notified().await;
        }
    }

    pub(crate) fn received(&self) -> usize {
        self.0.state.borrow().latencies_us.len()
    }

    /// Whether everything arrived, once and in its order, and nobody was cut off.
    pub(crate) fn is_faultless(&self) -> bool {
        let state = self.0.state.borrow();
        state.latencies_us.len() == state.expected && state.out_of_order == 0 && state.lost_connections == 0
    }

    /// The latency that so many of 1,000 deliveries do not exceed, in milliseconds.
    pub(crate) fn latency_ms(&self, per_mille: usize) -> f64 {
        let mut state = self.0.state.borrow_mut();
        let latencies = &mut state.latencies_us;
        if latencies.is_empty() {
            return f64::INFINITY;
        }
        let rank = (latencies.len() * per_mille / 1_000).min(latencies.len() - 1);
        let (_, latency, _) = latencies.select_nth_unstable(rank);
        f64::from(*latency) / 1_000.0
    }

    pub(crate) fn describe(&self) -> Value {
        let latency_ms =
            json!({"p50": self.latency_ms(500), "p99": self.latency_ms(990), "p999": self.latency_ms(999)});
        let state = self.0.state.borrow();
        json!({
            "deliveries": state.latencies_us.len(),
            "lost": state.expected.saturating_sub(state.latencies_us.len()),
            "outOfOrderOrTwice": state.out_of_order,
            "lostConnections": state.lost_connections,
            "bytesPerDelivery": state.bytes / state.latencies_us.len().max(1),
            "latencyMs": latency_ms,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_found_among_other_bytes() {
        let stamp = Stamp { run: 3, topic: 12, number: 99_999_999, due_us: 123_456_789_012 };
        assert_eq!(stamp.text().len(), STAMP_LENGTH);
        let message = format!("MESSAGE\nfrom:a@b\n\n{{\"title\":\"{}\"}}\0", stamp.text());
        assert_eq!(Stamp::find(message.as_bytes()), Some(stamp));
        assert_eq!(Stamp::find(b"@ nothing @ here @"), None);
    }
}
