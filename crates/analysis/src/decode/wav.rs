//! A look at the format chunk of a WAV file before it is parsed, so that a head that lies is refused by what it says.

use std::io::{Read, Seek, SeekFrom};

use crate::guard::Guard;
use crate::{AnalysisError, Limits, meter};

/// The format chunk is one of the first, behind padding and notes of the recorder at most.
const CHUNKS_MAX: usize = 64;

/// `RIFF`, length, `WAVE`.
const HEAD: u64 = 12;

/// # Errors
///
/// [`AnalysisError::Channels`], [`AnalysisError::SampleRate`]. A file without a format chunk is left to the parser.
pub(super) fn check<R: Read + Seek>(
    guard: &mut Guard<'_, R>,
    start: u64,
    limits: &Limits,
) -> Result<(), AnalysisError> {
    let mut position = start + HEAD;
    for _ in 0..CHUNKS_MAX {
        let (mut kind, mut size) = ([0; 4], [0; 4]);
        if guard.length().saturating_sub(position) < 16 {
            break;
        }
        guard.seek(SeekFrom::Start(position))?;
        guard.read_exact(&mut kind)?;
        guard.read_exact(&mut size)?;
        if &kind == b"fmt " {
            let (mut tag_and_channels, mut rate) = ([0; 4], [0; 4]);
            guard.read_exact(&mut tag_and_channels)?;
            guard.read_exact(&mut rate)?;
            let [_, _, low, high] = tag_and_channels;
            let channels = u16::from_le_bytes([low, high]).into();
            return meter::check(u32::from_le_bytes(rate), channels, limits).map(|_| ());
        }
        // Chunks begin at even offsets.
        position += 8 + u64::from(u32::from_le_bytes(size)).next_multiple_of(2);
    }
    Ok(())
}
