//! From bytes to samples: one file per library that decodes.

use std::io::{Read, Seek, SeekFrom};

use crate::guard::{Guard, MustStop};
use crate::meter::Meter;
use crate::{AnalysisError, Format, Report, Settings};

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
    let mut job = Job { format, settings, must_stop, meter: None, packets: 0, damaged: 0 };
    let done = match format {
        Format::Ogg => ogg::decode(guard, &budget, &mut job),
        Format::Wav | Format::Mp3 | Format::Mp4 => packets::decode(guard, &budget, &mut job),
    };
    // A parser knows only that a read failed; the guard knows why.
    done.map_err(|error| budget.fault().unwrap_or(error))?;
    job.finish()
}

/// What the decoders have in common.
struct Job<'a> {
    format: Format,
    settings: &'a Settings,
    must_stop: MustStop<'a>,
    meter: Option<Meter>,
    packets: u64,
    damaged: u64,
}

impl Job<'_> {
    /// To be called before each packet, so that one can stop also where nothing is read.
    fn begin_packet(&mut self) -> Result<(), AnalysisError> {
        self.packets += 1;
        if (self.must_stop)() { Err(AnalysisError::Stopped) } else { Ok(()) }
    }

    /// Counts a packet that cannot be decoded. One in ten may be: links lose packets, and the figures stay true; what
    /// has more is not what it says it is.
    fn skip_packet(&mut self, reason: &str) -> Result<(), AnalysisError> {
        const DAMAGED_MIN: u64 = 16;
        self.damaged += 1;
        if self.damaged > DAMAGED_MIN && self.damaged > self.packets / 10 {
            return Err(self.damaged(reason));
        }
        Ok(())
    }

    fn push(&mut self, rate: u32, channels: usize, samples: &[f32]) -> Result<(), AnalysisError> {
        let format = self.format;
        let meter = match &mut self.meter {
            Some(meter) => meter,
            empty => empty.insert(Meter::new(format, rate, channels, self.settings)?),
        };
        if !meter.is_of(rate, channels) {
            return Err(self.damaged("its sample rate or its channels change in the middle"));
        }
        meter.push(samples)
    }

    fn frames(&self) -> u64 {
        self.meter.as_ref().map_or(0, Meter::frames)
    }

    fn damaged(&self, reason: &str) -> AnalysisError {
        AnalysisError::Damaged { format: self.format, reason: reason.to_owned() }
    }

    fn unsupported(&self, what: &str) -> AnalysisError {
        AnalysisError::UnsupportedCodec { format: self.format, what: what.to_owned() }
    }

    const fn truncated(&self) -> AnalysisError {
        AnalysisError::Truncated { format: self.format }
    }

    fn finish(self) -> Result<Report, AnalysisError> {
        let silent = AnalysisError::NoSound { format: self.format };
        match self.meter {
            Some(meter) if meter.frames() > 0 => {
                // Of a short file all packets may be damaged without there being many.
                if self.damaged > self.packets / 10 + 1 {
                    let reason = format!("{} of {} packets cannot be decoded", self.damaged, self.packets);
                    return Err(AnalysisError::Damaged { format: self.format, reason });
                }
                Ok(meter.finish(self.damaged))
            }
            _ => Err(silent),
        }
    }
}
