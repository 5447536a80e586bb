//! From the bytes of a recording to the figures that everybody reads.

use std::io::BufReader;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mockly_analysis::{AnalysisError, Channel, ChannelReport, Limits, Report, Settings, Speech, analyse};
use mockly_domain::ArtifactType;
use mockly_domain::analysis::{AnalysisReport, ChannelFigures, LoudnessFigures, PauseFigures, SpeechFigures};

use crate::blob::BlobReader;

/// Pauses that are listed for each channel; the rest are counted only.
const PAUSES_MAX: usize = 1_000;
/// What is read of the file at once.
const READ_BYTES: usize = 64 * 1024;

/// Decodes and measures; blocks, and gives up soon after `must_stop` is set.
pub(super) fn measure(
    reader: Box<dyn BlobReader>,
    artifact_type: ArtifactType,
    must_stop: &Arc<AtomicBool>,
) -> Result<AnalysisReport, AnalysisError> {
    let limits = Limits { pauses_max: PAUSES_MAX, ..Limits::default() };
    let settings = Settings { limits, ..Settings::default() };
    let must_stop = || must_stop.load(Ordering::Relaxed);
    let report = analyse(BufReader::with_capacity(READ_BYTES, reader), &settings, &must_stop)?;
    Ok(figures(&report, artifact_type))
}

/// A recording of one side is one speaker, on however many channels; else each channel is shown by itself.
fn figures(report: &Report, artifact_type: ArtifactType) -> AnalysisReport {
    let one_speaker = |channel: &str| {
        let (channel, speech) = (channel.to_owned(), speech(&report.speech));
        vec![ChannelFigures { channel, speech, loudness: loudness(report.loudness) }]
    };
    AnalysisReport {
        format: report.format.to_string(),
        sample_rate_hz: report.sample_rate_hz,
        duration_ms: report.duration_ms,
        speech: speech(&report.speech),
        loudness: loudness(report.loudness),
        channels: match artifact_type {
            ArtifactType::AudioLeft => one_speaker("LEFT"),
            ArtifactType::AudioRight => one_speaker("RIGHT"),
            _ => report.channels.iter().map(channel).collect(),
        },
        damaged_packets: report.damaged_packets,
        details: None,
    }
}

fn channel(report: &ChannelReport) -> ChannelFigures {
    let channel = match report.channel {
        Channel::Mixed => "MIXED".to_owned(),
        Channel::Left => "LEFT".to_owned(),
        Channel::Right => "RIGHT".to_owned(),
        Channel::Numbered(number) => number.to_string(),
    };
    ChannelFigures { channel, speech: speech(&report.speech), loudness: loudness(report.loudness) }
}

fn speech(speech: &Speech) -> SpeechFigures {
    let pauses = speech.pauses.iter();
    SpeechFigures {
        talk_ms: speech.talk_ms,
        pause_ms: speech.pause_ms,
        longest_pause_ms: speech.longest_pause_ms,
        pause_count: speech.pause_count,
        pauses: pauses.map(|pause| PauseFigures { start_ms: pause.start_ms, end_ms: pause.end_ms }).collect(),
    }
}

fn loudness(loudness: mockly_analysis::Loudness) -> LoudnessFigures {
    LoudnessFigures { integrated_lufs: loudness.integrated_lufs, peak_dbfs: loudness.peak_dbfs }
}
