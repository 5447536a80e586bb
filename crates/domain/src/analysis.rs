//! Analyses of recordings: what somebody asked for and what came out.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::wire_enum::wire_enum;
use crate::{AnalysisId, ArtifactId, SessionId, Timestamp, UserId};

wire_enum!(
    /// How far an analysis is.
    AnalysisStatus {
        /// It waits for its turn.
        Queued = "QUEUED",
        /// It is under way.
        Running = "RUNNING",
        /// There are figures.
        Succeeded = "SUCCEEDED",
        /// There are none, and why.
        Failed = "FAILED",
    }
);

impl Analysis {
    /// Whether the analyser of another service has it and is to report on it.
    pub fn is_reported_on(&self) -> bool {
        self.status == AnalysisStatus::Running && self.progress_percent.is_some()
    }
}

/// One analysis of one recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    /// Id.
    pub id: AnalysisId,
    /// The session that the recording is of.
    pub session_id: SessionId,
    /// The recording.
    pub artifact_id: ArtifactId,
    /// Who asked, and is told.
    pub requested_by: UserId,
    /// How far it is.
    pub status: AnalysisStatus,
    /// The figures, a JSON object as text.
    pub report: Option<String>,
    /// Why there are none: a stable name, and a sentence that says what to do.
    pub error: Option<(String, String)>,
    /// How often it was begun.
    pub attempts: u32,
    /// How far it is, in percent, by the analyser of another service that has it; `None` where this server's own has.
    pub progress_percent: Option<u32>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was begun, the last time.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// The figures of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisReport {
    /// The kind of file by its first bytes: `WAV`, `MP3`, `MP4` or `OGG`.
    pub format: String,
    /// Samples per second of each channel.
    pub sample_rate_hz: u32,
    /// How long it sounds, in milliseconds.
    pub duration_ms: u64,
    /// Talking in any of the channels.
    pub speech: SpeechFigures,
    /// All channels together.
    pub loudness: LoudnessFigures,
    /// Each channel by itself; a recording of type `AUDIO_LEFT` or `AUDIO_RIGHT` is one speaker, `LEFT` or `RIGHT`.
    pub channels: Vec<ChannelFigures>,
    /// Packets that could not be decoded and are missing from the figures.
    pub damaged_packets: u64,
    /// What else the analyser of another service says of the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub details: Option<Map<String, Value>>,
}

/// The figures of one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelFigures {
    /// `MIXED` where there is one, `LEFT` and `RIGHT` of two, numbers from 1 of more.
    pub channel: String,
    /// Talking and pauses in it.
    pub speech: SpeechFigures,
    /// Its loudness.
    pub loudness: LoudnessFigures,
}

/// When there is talking, and when there is a pause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpeechFigures {
    /// Talking, in milliseconds; gaps of less than half a second are part of it.
    pub talk_ms: u64,
    /// All pauses together, in milliseconds: silence between talking, not before the first and after the last.
    pub pause_ms: u64,
    /// The longest pause, in milliseconds.
    pub longest_pause_ms: u64,
    /// How many pauses there are.
    pub pause_count: u64,
    /// The first 1,000 of them, in order.
    pub pauses: Vec<PauseFigures>,
}

/// One pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PauseFigures {
    /// Milliseconds from the beginning of the recording.
    pub start_ms: u64,
    /// Milliseconds from the beginning of the recording.
    pub end_ms: u64,
}

/// How loud it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoudnessFigures {
    /// Integrated loudness by EBU R128, in LUFS; `null` where it is too quiet or too short for one.
    pub integrated_lufs: Option<f64>,
    /// The largest sample, in dB relative to full scale; `null` where all is silent.
    pub peak_dbfs: Option<f64>,
}
