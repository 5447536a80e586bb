//! Heart-beats, section "Heart-beating".

/// Intervals of heart-beats in milliseconds, seen from the server; 0 means none in that direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeartBeat {
    /// From server to client.
    pub send_ms: u32,
    /// From client to server.
    pub receive_ms: u32,
}

impl HeartBeat {
    /// What is agreed when this is the server's offer and `header` the client's; `None` when the header is malformed.
    ///
    /// The larger wish counts, and 0 on either side means none. A missing header is "0,0".
    pub(crate) fn negotiate(self, header: Option<&str>) -> Option<Self> {
        let Some(header) = header else {
            return Some(Self::default());
        };
        let (sends, wants) = header.split_once(',')?;
        let (client_sends, client_wants) = (parse(sends)?, parse(wants)?);
        Some(Self { send_ms: agree(self.send_ms, client_wants), receive_ms: agree(self.receive_ms, client_sends) })
    }
}

const fn agree(ours: u32, theirs: u32) -> u32 {
    match (ours, theirs) {
        (0, _) | (_, 0) => 0,
        (ours, theirs) if ours > theirs => ours,
        (_, theirs) => theirs,
    }
}

/// Spaces around the comma are tolerated, since several clients write "10000, 10000"; signs and fractions are not.
/// A number too large for us means "hardly ever", as the largest one does.
fn parse(number: &str) -> Option<u32> {
    let digits = number.trim_matches(' ');
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u32::MAX))
}

/// When the peers of an open session were last heard, in milliseconds of the driver's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pulse {
    pub(crate) agreed: HeartBeat,
    grace_ms: u32,
    received_at: u64,
    sent_at: u64,
}

impl Pulse {
    pub(crate) const fn new(agreed: HeartBeat, grace_ms: u32, now: u64) -> Self {
        Self { agreed, grace_ms, received_at: now, sent_at: now }
    }

    /// "Any new data received over the network connection is an indication that the remote end is alive."
    pub(crate) fn received(&mut self, now: u64) {
        self.received_at = self.received_at.max(now);
    }

    pub(crate) fn sent(&mut self, now: u64) {
        self.sent_at = self.sent_at.max(now);
    }

    /// When the client counts as dead: the section asks receivers to be tolerant of timing inaccuracies, and twice the
    /// interval is what the common clients allow a server.
    pub(crate) fn death_at(&self) -> Option<u64> {
        let interval = u64::from(self.agreed.receive_ms);
        let silence = interval.saturating_mul(2).saturating_add(u64::from(self.grace_ms));
        (interval > 0).then(|| self.received_at.saturating_add(silence))
    }

    /// When the next heart-beat has to leave. The section wants data "at least every n milliseconds", and timers fire
    /// late, so it leaves after nine tenths of that.
    pub(crate) fn beat_at(&self) -> Option<u64> {
        let interval = u64::from(self.agreed.send_ms);
        (interval > 0).then(|| self.sent_at.saturating_add(interval.saturating_sub(interval / 10)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_wish_counts_and_zero_means_none() {
        let check = |offer: (u32, u32), header: Option<&str>, expected: Option<(u32, u32)>| {
            let offer = HeartBeat { send_ms: offer.0, receive_ms: offer.1 };
            let expected = expected.map(|(send_ms, receive_ms)| HeartBeat { send_ms, receive_ms });
            assert_eq!(offer.negotiate(header), expected, "{header:?}");
        };
        check((10, 20), None, Some((0, 0)));
        check((10, 20), Some("0,0"), Some((0, 0)));
        check((10, 20), Some("5,50"), Some((50, 20)));
        check((10, 20), Some("50,5"), Some((10, 50)));
        check((10, 20), Some("0,5"), Some((10, 0)));
        check((0, 0), Some("10,10"), Some((0, 0)));
        check((1, 1), Some("99999999999, 1"), Some((1, u32::MAX)));
        for malformed in ["", "10", "10;10", "-1,10", "+1,10", "1.5,10", "10,", "10,10,10", "a,b"] {
            check((1, 1), Some(malformed), None);
        }
    }
}
