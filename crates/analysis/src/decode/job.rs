//! What the decoders have in common: where samples go, and what is wrong with a file.

use crate::guard::MustStop;
use crate::meter::Meter;
use crate::{AnalysisError, Format, Report, Settings};

/// What the decoders have in common.
pub(super) struct Job<'a> {
    pub(super) format: Format,
    pub(super) settings: &'a Settings,
    must_stop: MustStop<'a>,
    meter: Option<Meter>,
    packets: u64,
    damaged: u64,
}

impl<'a> Job<'a> {
    pub(super) const fn new(format: Format, settings: &'a Settings, must_stop: MustStop<'a>) -> Self {
        Self { format, settings, must_stop, meter: None, packets: 0, damaged: 0 }
    }
    /// To be called before each packet, so that one can stop also where nothing is read.
    pub(super) fn begin_packet(&mut self) -> Result<(), AnalysisError> {
        self.packets += 1;
        if (self.must_stop)() { Err(AnalysisError::Stopped) } else { Ok(()) }
    }

    /// Counts a packet that cannot be decoded. One in ten may be: links lose packets, and the figures stay true; what
    /// has more is not what it says it is.
    pub(super) fn skip_packet(&mut self, reason: &str) -> Result<(), AnalysisError> {
        const DAMAGED_MIN: u64 = 16;
        self.damaged += 1;
        if self.damaged > DAMAGED_MIN && self.damaged > self.packets / 10 {
            return Err(self.damaged(reason));
        }
        Ok(())
    }

    pub(super) fn push(&mut self, rate: u32, channels: usize, samples: &[f32]) -> Result<(), AnalysisError> {
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

    pub(super) fn frames(&self) -> u64 {
        self.meter.as_ref().map_or(0, Meter::frames)
    }

    /// Whether packets were left out.
    pub(super) const fn has_damage(&self) -> bool {
        self.damaged > 0
    }

    pub(super) fn damaged(&self, reason: &str) -> AnalysisError {
        AnalysisError::Damaged { format: self.format, reason: reason.to_owned() }
    }

    pub(super) fn unsupported(&self, what: &str) -> AnalysisError {
        AnalysisError::UnsupportedCodec { format: self.format, what: what.to_owned() }
    }

    pub(super) const fn truncated(&self) -> AnalysisError {
        AnalysisError::Truncated { format: self.format }
    }

    pub(super) fn finish(self) -> Result<Report, AnalysisError> {
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
