//! What counts as talking, and how much one recording may cost.

/// How a recording is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// From which level on a window of 10 ms counts as talking: the RMS over the window in dB relative to full scale.
    pub talk_level_dbfs: f64,
    /// A channel that is so many dB quieter than the loudest one in the same window is not talking: microphones hear the
    /// other speaker, and encoders of few bits let one channel leak into the other.
    pub crosstalk_db: f64,
    /// The shortest silence between two stretches of talking that is a pause, in milliseconds. A shorter one is part of
    /// the talking around it.
    pub pause_ms_min: u32,
    /// What one recording may cost.
    pub limits: Limits,
}

impl Default for Settings {
    /// -45 dBFS lies between the noise of an open microphone (-50 dBFS and less) and quiet speech (-40 dBFS and more);
    /// gaps within a sentence are shorter than half a second.
    fn default() -> Self {
        Self { talk_level_dbfs: -45.0, crosstalk_db: 20.0, pause_ms_min: 500, limits: Limits::default() }
    }
}

/// What one recording may cost. Together with the size of a packet and of the tables these bound the memory: it does not
/// grow with the length of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most channels.
    pub channels_max: u16,
    /// The lowest sample rate, in Hz.
    pub sample_rate_hz_min: u32,
    /// The highest sample rate, in Hz.
    pub sample_rate_hz_max: u32,
    /// The longest recording, in milliseconds of sound.
    pub duration_ms_max: u64,
    /// The most bytes of one packet, those of a film's pictures beside the sound included.
    pub packet_bytes_max: u64,
    /// The most bytes of all that stands beside the packets: headers, tags, and the tables of an MP4 file.
    pub header_bytes_max: u64,
    /// How many pauses are listed per channel; further ones are counted only.
    pub pauses_max: usize,
}

impl Default for Limits {
    /// Twelve hours; the tables of as long a film take about 25 MB.
    fn default() -> Self {
        Self {
            channels_max: 8,
            sample_rate_hz_min: 4_000,
            sample_rate_hz_max: 192_000,
            duration_ms_max: 12 * 60 * 60 * 1000,
            packet_bytes_max: 16 * 1024 * 1024,
            header_bytes_max: 64 * 1024 * 1024,
            pauses_max: 10_000,
        }
    }
}
