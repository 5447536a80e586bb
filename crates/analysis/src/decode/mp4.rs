//! A look over the boxes of an MP4 file before it is parsed (ISO 14496-12 section 4.2).
//!
//! The parser keeps every table, those of each fragment included, until the end. Their sizes are bounded here, where the
//! sum is known beforehand; a file that is cut off is known as such before anything is decoded.

use std::io::{Read, Seek, SeekFrom};

use crate::guard::Guard;
use crate::{AnalysisError, Format, Limits};

/// A fragment for each second of the longest recording, and its two boxes.
const BOXES_MAX: u32 = 200_000;

/// # Errors
///
/// [`AnalysisError::Truncated`], [`AnalysisError::PartTooLarge`], [`AnalysisError::Damaged`].
pub(super) fn check<R: Read + Seek>(guard: &mut Guard<'_, R>, limits: &Limits) -> Result<(), AnalysisError> {
    let format = Format::Mp4;
    let length = guard.length();
    let (mut position, mut tables, mut has_index) = (0_u64, 0_u64, false);
    for _ in 0..BOXES_MAX {
        if position >= length {
            return if has_index { Ok(()) } else { Err(AnalysisError::Truncated { format }) };
        }
        let (kind, size) = read_head(guard, position, length)?.ok_or(AnalysisError::Truncated { format })?;
        let end = position.checked_add(size).filter(|end| *end > position);
        let end = end.ok_or_else(|| AnalysisError::Damaged { format, reason: "a box has no length".to_owned() })?;
        if end > length {
            return Err(AnalysisError::Truncated { format });
        }
        has_index |= &kind == b"moov";
        if &kind != b"mdat" {
            tables += size;
        }
        if tables > limits.header_bytes_max {
            return Err(AnalysisError::PartTooLarge { max: limits.header_bytes_max });
        }
        position = end;
    }
    Err(AnalysisError::Damaged { format, reason: format!("it has more than {BOXES_MAX} boxes") })
}

/// The kind of the box at `position` and its size with its head; none where the file ends within the head.
fn read_head<R: Read + Seek>(
    guard: &mut Guard<'_, R>,
    position: u64,
    length: u64,
) -> Result<Option<([u8; 4], u64)>, AnalysisError> {
    const HEAD: u64 = 8;
    const LARGE_HEAD: u64 = 16;
    if length - position < HEAD {
        return Ok(None);
    }
    let (mut size, mut kind) = ([0; 4], [0; 4]);
    guard.seek(SeekFrom::Start(position))?;
    guard.read_exact(&mut size)?;
    guard.read_exact(&mut kind)?;
    let size = match u32::from_be_bytes(size) {
        // To the end of the file.
        0 => length - position,
        1 if length - position < LARGE_HEAD => return Ok(None),
        1 => {
            let mut size = [0; 8];
            guard.read_exact(&mut size)?;
            u64::from_be_bytes(size)
        }
        size => u64::from(size),
    };
    Ok(Some((kind, if size < HEAD { 0 } else { size })))
}
