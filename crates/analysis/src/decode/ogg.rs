//! Opus in Ogg (RFC 7845), by `opus-pure`.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use opus_pure::{Error, MAX_PACKET_SAMPLES, OggOpusReader, OggPacket, Trim};

use super::job::Job;
use crate::guard::{Budget, Guard};
use crate::{AnalysisError, Format, meter};

/// RFC 7845 section 4: granule positions count at this rate, and Opus decodes to it whatever was recorded.
const RATE: u32 = 48_000;

/// Less than this is missing between two pages where a clock was adjusted, not where packets are.
const GAP_FRAMES_MIN: u64 = 960;

pub(super) fn decode<R: Read + Seek>(
    mut guard: Guard<'_, R>,
    budget: &Budget,
    job: &mut Job<'_>,
) -> Result<(), AnalysisError> {
    if let Some(codec) = other_codec(&mut guard)? {
        return Err(job.unsupported(codec));
    }
    let mut reader = OggOpusReader::new(BufReader::new(guard)).map_err(|error| refused(error, budget, job))?;
    let channels = usize::from(reader.head().channel_count);
    meter::check(RATE, channels, &job.settings.limits)?;
    let fault = |_| job.unsupported("Opus with more than two channels");
    let mut decoder = reader.head().decoder(RATE.cast_signed()).map_err(fault)?;
    let mut trim = Trim::new(reader.head(), RATE.cast_signed(), channels).map_err(fault)?;

    let mut samples = vec![0.0; MAX_PACKET_SAMPLES * channels];
    let mut packet = OggPacket::default();
    let mut clock = Clock::default();
    loop {
        budget.allow(job.settings.limits.packet_bytes_max);
        if !reader.read_packet_into(&mut packet).map_err(|error| refused(error, budget, job))? {
            break;
        }
        job.begin_packet()?;
        push_silence(clock.begin_packet(packet.page_granule), channels, job)?;
        match decoder.decode(&packet.data, MAX_PACKET_SAMPLES, &mut samples) {
            Ok(frames) => {
                clock.decoded += frames as u64;
                let decoded = samples.get(..frames * channels).unwrap_or_default();
                job.push(RATE, channels, trim.keep(&packet, decoded))?;
            }
            Err(error) => job.skip_packet(&error.to_string())?,
        }
    }
    push_silence(clock.close_page(), channels, job)?;
    // RFC 7845 section 3: the last page says that it is the last. A recording that is cut off at a page has none.
    if packet.end_of_stream { Ok(()) } else { Err(job.truncated()) }
}

/// Where the stream is by its own account. Whoever records packets as they come from the network, which sends none
/// while nobody talks, leaves gaps: the page's time goes on and the packets do not.
#[derive(Default)]
struct Clock {
    /// Frames decoded and frames filled in.
    decoded: u64,
    /// The time of the page that is being read, which is that at its end.
    page: Option<u64>,
    /// The time at the beginning: a recording of a stream that had been running starts late (section 4.5).
    start: Option<u64>,
}

impl Clock {
    /// Tells the time of the page that the next packet is on. Answers how many frames are missing before it.
    fn begin_packet(&mut self, granule: i64) -> u64 {
        let page = u64::try_from(granule).ok();
        if page == self.page {
            return 0;
        }
        let missing = self.close_page();
        self.page = page;
        missing
    }

    fn close_page(&mut self) -> u64 {
        let Some(end) = self.page else { return 0 };
        let start = *self.start.get_or_insert(end.saturating_sub(self.decoded));
        let missing = (end - start.min(end)).saturating_sub(self.decoded);
        if missing < GAP_FRAMES_MIN {
            return 0;
        }
        self.decoded += missing;
        missing
    }
}

fn push_silence(frames: u64, channels: usize, job: &mut Job<'_>) -> Result<(), AnalysisError> {
    const STEP: usize = 4096;
    let max_ms = job.settings.limits.duration_ms_max;
    if frames > max_ms.saturating_mul(u64::from(RATE)) / 1000 {
        return Err(AnalysisError::TooLong { max_ms });
    }
    let silence = vec![0.0; if frames > 0 { STEP * channels } else { 0 }];
    let mut left = usize::try_from(frames).unwrap_or(usize::MAX);
    while left > 0 {
        let step = left.min(STEP);
        job.push(RATE, channels, silence.get(..step * channels).unwrap_or_default())?;
        left -= step;
    }
    Ok(())
}

fn refused(error: Error, budget: &Budget, job: &Job<'_>) -> AnalysisError {
    match error {
        Error::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => AnalysisError::Io(error),
        _ if budget.has_ended() => job.truncated(),
        error => job.damaged(&error.to_string()),
    }
}

/// The codec of the first packet, where it is not Opus.
fn other_codec<R: Read + Seek>(guard: &mut Guard<'_, R>) -> Result<Option<&'static str>, AnalysisError> {
    /// RFC 3533 section 6: the fixed part of a page's head; a table with the number of entries before it follows.
    const HEAD: usize = 27;
    const CODECS: &[(&[u8], &str)] =
        &[(b"\x01vorbis", "Vorbis"), (b"\x7fFLAC", "FLAC"), (b"Speex   ", "Speex"), (b"\x80theora", "Theora video")];
    let mut page = Vec::new();
    guard.by_ref().take(512).read_to_end(&mut page)?;
    guard.seek(SeekFrom::Start(0))?;
    if page.len() < 512 && page.len() as u64 >= guard.length() && page.len() < HEAD {
        return Err(AnalysisError::Truncated { format: Format::Ogg });
    }
    let entries = page.get(HEAD - 1).copied().map_or(0, usize::from);
    let packet = page.get(HEAD + entries..).unwrap_or_default();
    Ok(CODECS.iter().find(|(magic, _)| packet.starts_with(magic)).map(|(_, name)| *name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(pages: &[(i64, u64)]) -> Vec<u64> {
        let mut clock = Clock::default();
        let mut filled = Vec::new();
        for (granule, frames) in pages {
            filled.push(clock.begin_packet(*granule));
            clock.decoded += frames;
        }
        filled.push(clock.close_page());
        filled
    }

    #[test]
    fn what_is_missing_between_pages_is_silence() {
        assert_eq!(filled(&[(960, 960), (1920, 960), (49_920, 960)]), [0, 0, 0, 47_040]);
        assert_eq!(filled(&[(48_960, 960), (48_960, 960), (96_960, 960)]), [0, 0, 0, 47_040]);
    }

    #[test]
    fn streams_that_start_late_or_jitter_have_no_gap() {
        assert_eq!(filled(&[(1_000_000, 960), (1_000_960, 960)]), [0, 0, 0]);
        assert_eq!(filled(&[(960, 960), (2_000, 960), (2_900, 960)]), [0, 0, 0, 0]);
        assert_eq!(filled(&[(-1, 960), (960, 0), (i64::MAX, 0)]).len(), 4);
    }
}
