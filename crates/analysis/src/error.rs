//! Why a recording is refused. Every text is for whoever uploaded it, and says what to do.

use std::io;

use thiserror::Error;

use crate::Format;

/// A recording that gives no figures.
#[derive(Debug, Error)]
pub enum AnalysisError {
    /// No bytes at all.
    #[error("The file is empty. Upload the recording again.")]
    Empty,
    /// The first bytes are of no known kind, whatever the file is called.
    #[error("The file is not a WAV, MP3, MP4 or OGG file. Convert the recording to one of these.")]
    UnknownFormat,
    /// The file is of a known kind, and no track or no sample of sound is in it.
    #[error("The {format} file has no sound in it. Check that the recording has an audio track.")]
    NoSound {
        /// The kind of file.
        format: Format,
    },
    /// The kind of file is known, the encoding of its sound is not.
    #[error(
        "The sound in the {format} file is encoded in a way that is not supported ({what}). Use PCM in WAV, MP3, AAC-LC \
         in MP4, or Opus in OGG."
    )]
    UnsupportedCodec {
        /// The kind of file.
        format: Format,
        /// What was found.
        what: String,
    },
    /// [`Limits::channels_max`](crate::Limits::channels_max), or none.
    #[error("The file says that it has {channels} channels. Upload one with 1 to {max}.")]
    Channels {
        /// What the file says.
        channels: usize,
        /// The limit.
        max: u16,
    },
    /// [`Limits::sample_rate_hz_min`](crate::Limits::sample_rate_hz_min) and
    /// [`Limits::sample_rate_hz_max`](crate::Limits::sample_rate_hz_max).
    #[error("The file says that it has {rate} samples a second. Upload one with {min} to {max}.")]
    SampleRate {
        /// What the file says, in Hz.
        rate: u32,
        /// The lower limit, in Hz.
        min: u32,
        /// The upper limit, in Hz.
        max: u32,
    },
    /// [`Limits::duration_ms_max`](crate::Limits::duration_ms_max).
    #[error("The recording is longer than {} minutes. Split it into shorter ones.", .max_ms / 60_000)]
    TooLong {
        /// The limit, in milliseconds.
        max_ms: u64,
    },
    /// [`Limits::packet_bytes_max`](crate::Limits::packet_bytes_max) or
    /// [`Limits::header_bytes_max`](crate::Limits::header_bytes_max).
    #[error("A single part of the file is larger than {max} bytes. Convert the recording again, without pictures.")]
    PartTooLarge {
        /// The limit, in bytes.
        max: u64,
    },
    /// The file ends before it says it does.
    #[error("The {format} file is cut off: it ends in the middle. Upload it again as a whole.")]
    Truncated {
        /// The kind of file.
        format: Format,
    },
    /// The file contradicts itself.
    #[error("The {format} file is damaged ({reason}). Upload it again, or convert it anew.")]
    Damaged {
        /// The kind of file.
        format: Format,
        /// What is wrong with it.
        reason: String,
    },
    /// The file contradicts itself in a way that the decoder gave up on without saying how.
    #[error("The recording is damaged and cannot be decoded. Upload it again, or convert it anew.")]
    Undecodable,
    /// The caller asked to stop.
    #[error("The analysis was stopped before its end. Start it again.")]
    Stopped,
    /// The source could not be read; this is not the file's fault.
    #[error("The recording cannot be read at present. Try again later.")]
    Io(#[from] io::Error),
}

impl AnalysisError {
    /// A stable name for programs, in kebab-case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty-file",
            Self::UnknownFormat => "unknown-format",
            Self::NoSound { .. } => "no-sound",
            Self::UnsupportedCodec { .. } => "unsupported-codec",
            Self::Channels { .. } => "unsupported-channels",
            Self::SampleRate { .. } => "unsupported-sample-rate",
            Self::TooLong { .. } => "recording-too-long",
            Self::PartTooLarge { .. } => "part-too-large",
            Self::Truncated { .. } => "truncated-file",
            Self::Damaged { .. } | Self::Undecodable => "damaged-file",
            Self::Stopped => "analysis-stopped",
            Self::Io(_) => "recording-unreadable",
        }
    }
}
