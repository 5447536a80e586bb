//! Counting a client's frames without looking into them.

/// Longest header of a frame: two bytes, a length of eight, a mask of four (RFC 6455, section 5.2).
const HEADER_BYTES_MAX: usize = 14;

/// Counts the frames of a byte stream, whatever pieces it comes in.
#[derive(Debug, Default)]
pub(super) struct FrameCounter {
    /// What has come of a header.
    header: [u8; HEADER_BYTES_MAX],
    header_bytes: usize,
    /// What is still to come of a payload.
    payload_bytes: u64,
}

impl FrameCounter {
    /// How many frames begin in the next bytes.
    pub(super) fn count(&mut self, mut bytes: &[u8]) -> usize {
        let mut begun = 0;
        loop {
            let skipped = usize::try_from(self.payload_bytes).unwrap_or(usize::MAX).min(bytes.len());
            self.payload_bytes -= skipped as u64;
            let Some((byte, rest)) = bytes.get(skipped..).and_then(<[u8]>::split_first) else { return begun };
            begun += usize::from(self.header_bytes == 0);
            if let Some(place) = self.header.get_mut(self.header_bytes) {
                *place = *byte;
            }
            self.header_bytes += 1;
            bytes = rest;
            if let Some(payload_bytes) = payload_bytes(&self.header[..self.header_bytes]) {
                (self.header_bytes, self.payload_bytes) = (0, payload_bytes);
            }
        }
    }
}

/// The length of the payload behind a header; `None` where the header is not whole.
fn payload_bytes(header: &[u8]) -> Option<u64> {
    let second = *header.get(1)?;
    let (length_bytes, short) = match second & 0x7f {
        126 => (2, None),
        127 => (8, None),
        short => (0, Some(u64::from(short))),
    };
    let mask_bytes = if second & 0x80 == 0 { 0 } else { 4 };
    if header.len() < 2 + length_bytes + mask_bytes {
        return None;
    }
    let length = header.get(2..2 + length_bytes)?.iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
    Some(short.unwrap_or(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: usize, mask: bool) -> Vec<u8> {
        let bit = if mask { 0x80 } else { 0 };
        let mut frame = vec![0x81];
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ 0..=125), _) => frame.push(bit | short),
            (_, Ok(medium)) => {
                frame.push(bit | 0x7e);
                frame.extend(medium.to_be_bytes());
            }
            _ => {
                frame.push(bit | 0x7f);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend(vec![0xff; if mask { 4 } else { 0 } + length]);
        frame
    }

    #[test]
    fn frames_are_counted_whatever_pieces_they_come_in() {
        let frames = [(0, true), (1, false), (125, true), (126, true), (65_535, true), (65_536, true), (0, false)];
        let stream: Vec<u8> = frames.iter().flat_map(|(length, mask)| frame(*length, *mask)).collect();
        for piece in [1, 2, 3, 7, 1_000, stream.len()] {
            let mut counter = FrameCounter::default();
            let counted: usize = stream.chunks(piece).map(|bytes| counter.count(bytes)).sum();
            assert_eq!(counted, frames.len(), "{piece}");
        }
    }
}
