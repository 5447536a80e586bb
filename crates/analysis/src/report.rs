//! What comes out.

use std::fmt;

/// A kind of file that can be analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RIFF WAVE with PCM, A-law or µ-law samples.
    Wav,
    /// MPEG audio, layer III.
    Mp3,
    /// MPEG-4 with AAC-LC, also fragmented; pictures beside the sound are passed over.
    Mp4,
    /// Ogg with Opus, one or two channels.
    Ogg,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wav => "WAV",
            Self::Mp3 => "MP3",
            Self::Mp4 => "MP4",
            Self::Ogg => "OGG",
        })
    }
}

/// The figures of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The kind of file.
    pub format: Format,
    /// Samples per second of each channel.
    pub sample_rate_hz: u32,
    /// How long it sounds, in milliseconds; delay and padding of the encoder are not counted where the file tells them.
    pub duration_ms: u64,
    /// Talking in any of the channels: silence is where all are silent.
    pub speech: Speech,
    /// All channels together, by EBU R128.
    pub loudness: Loudness,
    /// Each channel by itself, in the order of the file.
    pub channels: Vec<ChannelReport>,
    /// How many packets could not be decoded and are missing from the figures; at most a tenth of all.
    pub damaged_packets: u64,
}

/// The figures of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelReport {
    /// Which one.
    pub channel: Channel,
    /// Talking and pauses in it.
    pub speech: Speech,
    /// Its loudness, measured like a file of this channel alone.
    pub loudness: Loudness,
}

/// Where a channel stands in its file. Who is heard there, the caller knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The only one.
    Mixed,
    /// The left of two.
    Left,
    /// The right of two.
    Right,
    /// One of more than two, counted from 1.
    Numbered(u16),
}

impl Channel {
    /// The channel at `index` of `count`, both counted from 0 and 1 as usual.
    pub(crate) const fn at(index: u16, count: u16) -> Self {
        match (index, count) {
            (_, 1) => Self::Mixed,
            (0, 2) => Self::Left,
            (1, 2) => Self::Right,
            _ => Self::Numbered(index + 1),
        }
    }
}

/// When there is talking, and when there is a pause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Speech {
    /// Windows at or above the level, and the gaps between them that are too short for a pause, in milliseconds.
    pub talk_ms: u64,
    /// All pauses together, in milliseconds. The silence before the first and after the last talking is no pause.
    pub pause_ms: u64,
    /// The longest pause, in milliseconds.
    pub longest_pause_ms: u64,
    /// How many pauses there are.
    pub pause_count: u64,
    /// The first [`pauses_max`](crate::Limits::pauses_max) of them, in order.
    pub pauses: Vec<Pause>,
}

/// One pause, from the end of a stretch of talking to the beginning of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Milliseconds from the beginning of the recording.
    pub start_ms: u64,
    /// Milliseconds from the beginning of the recording.
    pub end_ms: u64,
}

/// How loud it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Loudness {
    /// Integrated loudness by EBU R128 (ITU-R BS.1770) in LUFS; none where less than 400 ms are louder than -70 LUFS.
    pub integrated_lufs: Option<f64>,
    /// The largest sample in dB relative to full scale; none where all samples are zero.
    pub peak_dbfs: Option<f64>,
}
