//! What kind of file it is, by its first bytes: names and declared types are the uploader's.

use std::io::{Read, Seek, SeekFrom};

use crate::guard::Guard;
use crate::{AnalysisError, Format};

/// `ID3v2` section 3.1: `ID3`, version, flags, and four bytes of seven bits each.
const ID3_HEADER_BYTES: u64 = 10;

/// Some programs put a tag before a tag.
const TAGS_MAX: usize = 8;

/// The kind of file, and where it begins behind its tags.
///
/// # Errors
///
/// [`AnalysisError::Empty`], [`AnalysisError::UnknownFormat`], and what the source says.
pub(super) fn sniff<R: Read + Seek>(guard: &mut Guard<'_, R>) -> Result<(Format, u64), AnalysisError> {
    if guard.length() == 0 {
        return Err(AnalysisError::Empty);
    }
    let mut start = 0;
    for _ in 0..TAGS_MAX {
        let head = head(guard, start)?;
        match head {
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E'] => return Ok((Format::Wav, start)),
            [b'O', b'g', b'g', b'S', ..] => return Ok((Format::Ogg, start)),
            // ISO 14496-12 section 4.3: the file type box comes first.
            [_, _, _, _, b'f', b't', b'y', b'p', ..] if start == 0 => return Ok((Format::Mp4, start)),
            [b'I', b'D', b'3', _, _, _, size @ ..] => {
                let size = size.iter().take(4).fold(0, |sum, byte| (sum << 7) | u64::from(byte & 0x7f));
                start += ID3_HEADER_BYTES + size;
            }
            [first, second, ..] if is_layer_three(first, second) => return Ok((Format::Mp3, start)),
            _ => break,
        }
    }
    Err(AnalysisError::UnknownFormat)
}

/// ISO 11172-3 section 2.4.1.3: eleven bits of sync, a version that is not reserved, and layer III. Layer "0" is AAC
/// without a container.
const fn is_layer_three(first: u8, second: u8) -> bool {
    first == 0xff && second & 0xe0 == 0xe0 && second & 0x18 != 0x08 && second & 0x06 == 0x02
}

/// The first bytes from `start` on, and zeros where the file is shorter.
fn head<R: Read + Seek>(guard: &mut Guard<'_, R>, start: u64) -> Result<[u8; 12], AnalysisError> {
    let mut head = [0; 12];
    guard.seek(SeekFrom::Start(start))?;
    let mut filled = 0;
    while let Some(rest @ [_, ..]) = head.get_mut(filled..) {
        match guard.read(rest)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(head)
}
