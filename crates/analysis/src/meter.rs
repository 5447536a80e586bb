//! Takes samples as they are decoded and keeps sums only.

use ebur128::{EbuR128, Mode};

use crate::speech::Detector;
use crate::{AnalysisError, Channel, ChannelReport, Format, Limits, Loudness, Report, Settings};

/// Windows of 10 ms: about one period of the lowest voice, and short enough for pauses to be exact.
const WINDOWS_PER_SECOND: u32 = 100;

/// How many frames are handled at once, so that scratch space does not depend on the file.
const CHUNK_FRAMES: usize = 4096;

/// More than any sample that means something: 18 dB above full scale.
const SAMPLE_MAX: f32 = 8.0;

/// What the decoders fill.
pub(crate) struct Meter {
    format: Format,
    rate: u32,
    frames: u64,
    frames_max: u64,
    /// The mean square from which on a window is talking.
    talk_power: f64,
    /// The part of the loudest channel's mean square from which on another one is talking too.
    crosstalk: f64,
    window: Window,
    any: Detector,
    all: EbuR128,
    channels: Vec<ChannelMeter>,
}

/// The window that is being filled; it begins at the same frame in all channels.
struct Window {
    frames: usize,
    filled: usize,
}

struct ChannelMeter {
    /// The sum of squares in the window that is being filled.
    power: f64,
    peak: f32,
    speech: Detector,
    loudness: EbuR128,
    /// This channel's part of a chunk.
    samples: Vec<f32>,
}

/// Refuses what the limits do not allow, before anything is allocated for it.
pub(crate) fn check(rate: u32, channels: usize, limits: &Limits) -> Result<u16, AnalysisError> {
    let (min, max) = (limits.sample_rate_hz_min.max(WINDOWS_PER_SECOND), limits.sample_rate_hz_max);
    if !(min..=max).contains(&rate) {
        return Err(AnalysisError::SampleRate { rate, min, max });
    }
    let fits = |count: &u16| (1..=limits.channels_max).contains(count);
    let refused = AnalysisError::Channels { channels, max: limits.channels_max };
    u16::try_from(channels).ok().filter(fits).ok_or(refused)
}

impl Meter {
    /// # Errors
    ///
    /// [`AnalysisError::Channels`] and [`AnalysisError::SampleRate`].
    pub(crate) fn new(format: Format, rate: u32, channels: usize, settings: &Settings) -> Result<Self, AnalysisError> {
        let count = check(rate, channels, &settings.limits)?;
        let channels = (0..count).map(|_| {
            Ok(ChannelMeter {
                power: 0.0,
                peak: 0.0,
                speech: Detector::new(rate, settings),
                loudness: loudness_meter(1, rate, format)?,
                samples: Vec::with_capacity(CHUNK_FRAMES),
            })
        });
        Ok(Self {
            format,
            rate,
            frames: 0,
            frames_max: settings.limits.duration_ms_max.saturating_mul(u64::from(rate)) / 1000,
            talk_power: 10_f64.powf(settings.talk_level_dbfs / 10.0),
            crosstalk: 10_f64.powf(-settings.crosstalk_db.abs() / 10.0),
            window: Window { frames: (rate / WINDOWS_PER_SECOND) as usize, filled: 0 },
            any: Detector::new(rate, settings),
            all: loudness_meter(count, rate, format)?,
            channels: channels.collect::<Result<_, AnalysisError>>()?,
        })
    }

    pub(crate) const fn frames(&self) -> u64 {
        self.frames
    }

    pub(crate) fn is_of(&self, rate: u32, channels: usize) -> bool {
        (self.rate, self.channels.len()) == (rate, channels)
    }

    /// Takes frames, the channels' samples side by side.
    ///
    /// # Errors
    ///
    /// [`AnalysisError::TooLong`].
    pub(crate) fn push(&mut self, interleaved: &[f32]) -> Result<(), AnalysisError> {
        let count = self.channels.len();
        if self.frames + (interleaved.len() / count) as u64 > self.frames_max {
            return Err(AnalysisError::TooLong { max_ms: self.frames_max * 1000 / u64::from(self.rate) });
        }
        for chunk in interleaved.chunks(CHUNK_FRAMES * count) {
            for (index, channel) in self.channels.iter_mut().enumerate() {
                channel.take(chunk.iter().skip(index).step_by(count));
            }
            self.measure_loudness()?;
            self.measure_windows(chunk.len() / count);
        }
        Ok(())
    }

    fn measure_loudness(&mut self) -> Result<(), AnalysisError> {
        let planes: Vec<&[f32]> = self.channels.iter().map(|channel| channel.samples.as_slice()).collect();
        let mut result = self.all.add_frames_planar_f32(&planes);
        for channel in &mut self.channels {
            result = result.and(channel.loudness.add_frames_f32(&channel.samples));
        }
        result.map_err(|error| measured_badly(self.format, error))
    }

    fn measure_windows(&mut self, frames: usize) {
        let mut done = 0;
        while done < frames {
            let step = (self.window.frames - self.window.filled).min(frames - done);
            for channel in &mut self.channels {
                let samples = channel.samples.iter().skip(done).take(step);
                channel.power += samples.map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
            }
            done += step;
            self.frames += step as u64;
            self.window.filled += step;
            if self.window.filled == self.window.frames {
                self.close_window();
            }
        }
    }

    fn close_window(&mut self) {
        let filled = std::mem::take(&mut self.window.filled);
        if filled == 0 {
            return;
        }
        let (start, end) = (self.frames - filled as u64, self.frames);
        #[expect(clippy::cast_precision_loss, reason = "a window has some thousands of frames")]
        let talk_power = self.talk_power * filled as f64;
        let loudest = self.channels.iter().map(|channel| channel.power).fold(0.0, f64::max);
        if loudest >= talk_power {
            self.any.talk(start, end);
        }
        for channel in &mut self.channels {
            let power = std::mem::take(&mut channel.power);
            if power >= talk_power && power >= loudest * self.crosstalk {
                channel.speech.talk(start, end);
            }
        }
    }

    pub(crate) fn finish(mut self, damaged_packets: u64) -> Report {
        self.close_window();
        let peak = self.channels.iter().map(|channel| channel.peak).fold(0.0, f32::max);
        let count = u16::try_from(self.channels.len()).unwrap_or(u16::MAX);
        let channels = (0..count).zip(self.channels).map(|(index, channel)| ChannelReport {
            channel: Channel::at(index, count),
            speech: channel.speech.finish(),
            loudness: loudness(&channel.loudness, channel.peak),
        });
        Report {
            format: self.format,
            sample_rate_hz: self.rate,
            duration_ms: self.frames * 1000 / u64::from(self.rate),
            speech: self.any.finish(),
            loudness: loudness(&self.all, peak),
            channels: channels.collect(),
            damaged_packets,
        }
    }
}

impl ChannelMeter {
    fn take<'a>(&mut self, samples: impl Iterator<Item = &'a f32>) {
        self.samples.clear();
        // Files with float samples may hold anything.
        let sound = |sample: &f32| if sample.is_finite() { sample.clamp(-SAMPLE_MAX, SAMPLE_MAX) } else { 0.0 };
        self.samples.extend(samples.map(sound));
        self.peak = self.samples.iter().fold(self.peak, |peak, sample| peak.max(sample.abs()));
    }
}

/// With a histogram, so that the meter does not grow with the length of the recording.
fn loudness_meter(channels: u16, rate: u32, format: Format) -> Result<EbuR128, AnalysisError> {
    EbuR128::new(channels.into(), rate, Mode::I | Mode::HISTOGRAM).map_err(|error| measured_badly(format, error))
}

fn measured_badly(format: Format, error: ebur128::Error) -> AnalysisError {
    AnalysisError::Damaged { format, reason: format!("its loudness cannot be measured: {error}") }
}

fn loudness(meter: &EbuR128, peak: f32) -> Loudness {
    Loudness {
        integrated_lufs: meter.loudness_global().ok().filter(|lufs| lufs.is_finite()),
        peak_dbfs: (peak > 0.0).then(|| 20.0 * f64::from(peak).log10()),
    }
}
