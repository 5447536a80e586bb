//! The recording that all tests are about: two speakers, a channel each, over a faint hiss.

use std::f64::consts::TAU;
use std::io::Cursor;

use mockly_analysis::{AnalysisError, Report, Settings, analyse};

pub(crate) const DURATION_MS: u64 = 10_000;

/// When the left and the right speaker are heard.
pub(crate) const TURNS_MS: [&[(u64, u64)]; 2] =
    [&[(813, 3204), (3507, 4618), (7309, 8921)], &[(4826, 6107), (8215, 9433)]];

/// The files that `fixtures/make.sh` makes of it.
pub(crate) const ENCODED: [(&str, &[u8]); 4] = [
    ("mp3", include_bytes!("../fixtures/turns.mp3")),
    ("mp4", include_bytes!("../fixtures/turns.mp4")),
    ("fragmented mp4", include_bytes!("../fixtures/turns-fragmented.mp4")),
    ("ogg", include_bytes!("../fixtures/turns.ogg")),
];

const PITCHES_HZ: [f64; 2] = [140.0, 210.0];

/// The samples of the given channels, side by side; channel 0 is the left speaker.
pub(crate) fn samples(channels: &[usize], rate: u32) -> Vec<f64> {
    let frames = DURATION_MS * u64::from(rate) / 1000;
    // Noise that is the same on each run.
    let mut seed = 1_u32;
    let mut hiss = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        0.0005 * (f64::from(seed >> 8) / f64::from(1 << 23) - 1.0)
    };
    let mut samples = Vec::new();
    for frame in 0..frames {
        let second = frame as f64 / f64::from(rate);
        for &channel in channels {
            let is_heard = TURNS_MS[channel]
                .iter()
                .any(|(start, end)| (*start as f64 / 1000.0..*end as f64 / 1000.0).contains(&second));
            let hum = |factor: f64| (TAU * PITCHES_HZ[channel] * factor * second).sin();
            let voice = 0.12 * hum(1.0) + 0.08 * hum(2.5) + 0.04 * hum(6.0);
            samples.push(if is_heard { voice } else { 0.0 } + hiss());
        }
    }
    samples
}

/// A WAV file of 16 bit samples.
pub(crate) fn wav(samples: &[f64], channels: u16, rate: u32) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| ((sample * 32_767.0).round() as i16).to_le_bytes()).collect();
    let mut file = wav_head(1, channels, rate, 16, data.len() as u32);
    file.extend(data);
    file
}

/// A RIFF WAVE head that says what it is told, true or not.
pub(crate) fn wav_head(tag: u16, channels: u16, rate: u32, bits: u16, data_bytes: u32) -> Vec<u8> {
    let block = channels.wrapping_mul(bits / 8);
    let mut head = b"RIFF".to_vec();
    head.extend(data_bytes.saturating_add(36).to_le_bytes());
    head.extend(b"WAVEfmt ");
    head.extend(16_u32.to_le_bytes());
    head.extend(tag.to_le_bytes());
    head.extend(channels.to_le_bytes());
    head.extend(rate.to_le_bytes());
    head.extend(rate.wrapping_mul(block.into()).to_le_bytes());
    head.extend(block.to_le_bytes());
    head.extend(bits.to_le_bytes());
    head.extend(b"data");
    head.extend(data_bytes.to_le_bytes());
    head
}

pub(crate) fn analyse_all(file: &[u8]) -> Result<Report, AnalysisError> {
    analyse(Cursor::new(file), &Settings::default(), &|| false)
}
