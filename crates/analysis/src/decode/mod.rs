//! From bytes to samples: one file per library that decodes.

use std::io::{Read, Seek, SeekFrom};

use self::job::Job;
use crate::guard::{Guard, MustStop};
use crate::{AnalysisError, Format, Report, Settings};

mod job;
mod mp4;
mod ogg;
mod packets;
mod sniff;
mod wav;

/// Decodes the whole source.
pub(crate) fn decode<R: Read + Seek + Send + Sync>(
    source: R,
    settings: &Settings,
    must_stop: MustStop<'_>,
) -> Result<Report, AnalysisError> {
    let mut guard = Guard::new(source, must_stop)?;
    let budget = guard.budget();
    budget.allow(settings.limits.header_bytes_max);
    let (format, start) = sniff::sniff(&mut guard).map_err(|error| budget.fault().unwrap_or(error))?;
    let checked = match format {
        Format::Mp4 => mp4::check(&mut guard, &settings.limits),
        Format::Wav => wav::check(&mut guard, start, &settings.limits),
        Format::Mp3 | Format::Ogg => Ok(()),
    };
    checked.map_err(|error| budget.fault().unwrap_or(error))?;
    guard.seek(SeekFrom::Start(start))?;
    let mut job = Job::new(format, settings, must_stop);
    let done = match format {
        Format::Ogg => ogg::decode(guard, &budget, &mut job),
        Format::Wav | Format::Mp3 | Format::Mp4 => packets::decode(guard, &budget, &mut job),
    };
    // A parser knows only that a read failed; the guard knows why.
    done.map_err(|error| budget.fault().unwrap_or(error))?;
    job.finish()
}
