//! Whatever a file holds: an answer with a reason, no panic, no memory without bound.

#![expect(clippy::unwrap_used, reason = "a fault here is the failure of a test")]
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a test's figures are small")]

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU32, Ordering};

use mockly_analysis::{AnalysisError, Limits, Settings, analyse};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use proptest::sample::Index;

mod recording;

use recording::{ENCODED, analyse_all, samples, wav, wav_head};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// More than what all tests of this file hold at once when each file is measured as promised.
const MEMORY_MAX_MB: f32 = 192.0;

fn check_memory() {
    let peak = MEMORY.peak_usage_as_mb();
    assert!(peak < MEMORY_MAX_MB, "{peak} MB were held");
}

/// The code of the refusal; its text must be a sentence that says what to do.
fn code(file: &[u8]) -> &'static str {
    code_of(&analyse_all(file).unwrap_err())
}

fn code_of(error: &AnalysisError) -> &'static str {
    let text = error.to_string();
    assert!(text.ends_with('.') && text.matches(". ").count() >= 1, "{text}");
    error.code()
}

fn short_wav() -> Vec<u8> {
    wav(&samples(&[0, 1], 8_000), 2, 8_000)
}

#[test]
fn what_is_no_recording_is_refused() {
    assert_eq!(code(b""), "empty-file");
    for file in [
        b"hello".as_slice(),
        b"R",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"PK\x03\x04 an archive, whatever is packed in it",
        b"\x1f\x8b\x08\0 a compressed recording",
        b"<html><audio src=x></html>",
        b"RIFF\x24\0\0\0AVI LIST",
        b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
        b"\xff\xf1\x50\x80\x01\x3f\xfc\xde AAC without a container",
    ] {
        assert_eq!(code(file), "unknown-format", "{}", file.escape_ascii());
    }
    assert_eq!(code(&vec![0; 1 << 20]), "unknown-format");
    check_memory();
}

#[test]
fn wav_heads_that_lie_are_refused() {
    let with = |tag, channels, rate, bits| [wav_head(tag, channels, rate, bits, 40_000), vec![0; 40_000]].concat();
    assert_eq!(code(&with(1, 10_000, 48_000, 16)), "unsupported-channels");
    assert_eq!(code(&with(1, 9, 48_000, 16)), "unsupported-channels");
    assert_eq!(code(&with(1, 1, 0, 16)), "unsupported-sample-rate");
    assert_eq!(code(&with(1, 1, u32::MAX, 16)), "unsupported-sample-rate");
    assert_eq!(code(&with(0x55, 2, 48_000, 16)), "unsupported-codec");
    for (channels, bits) in [(0, 16), (1, 0), (1, 7), (2, 65_535)] {
        assert!(analyse_all(&with(1, channels, 48_000, bits)).is_err(), "{channels} channels of {bits} bits");
    }
    assert_eq!(code(&wav_head(1, 1, 48_000, 16, 0)), "no-sound");
    assert_eq!(code(&[wav_head(1, 1, 48_000, 16, u32::MAX - 1), vec![0; 9_600]].concat()), "truncated-file");
    assert_eq!(code(&wav_head(1, 1, 48_000, 16, 96_000)[..30]), "truncated-file");
    check_memory();
}

/// A program that writes to a pipe cannot know how long the sound will be.
#[test]
fn wav_of_unknown_length_is_read_to_its_end() {
    let file = [wav_head(1, 1, 48_000, 16, u32::MAX), vec![0; 96_000]].concat();
    assert_eq!(analyse_all(&file).unwrap().duration_ms, 1000);
}

/// Samples that are no numbers must not reach the sums.
#[test]
fn float_samples_of_any_kind_are_measured() {
    let values = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 0.5, f32::MIN_POSITIVE];
    let data: Vec<u8> = values.iter().cycle().take(48_000).flat_map(|value| value.to_le_bytes()).collect();
    let report = analyse_all(&[wav_head(3, 1, 48_000, 32, data.len() as u32), data].concat()).unwrap();
    assert!(report.loudness.integrated_lufs.unwrap().is_finite());
    assert!(report.loudness.peak_dbfs.unwrap() < 20.0);
}

#[test]
fn half_a_recording_is_refused_as_cut_off() {
    for (name, file) in ENCODED {
        assert_eq!(code(&file[..file.len() / 2]), "truncated-file", "{name}");
    }
    let file = short_wav();
    assert_eq!(code(&file[..file.len() / 2]), "truncated-file");
}

#[test]
fn other_codecs_are_named() {
    let page = |packet: &[u8]| [b"OggS\0\x02".as_slice(), &[0; 20], &[1, packet.len() as u8], packet].concat();
    for (packet, codec) in
        [(b"\x01vorbis and so on".as_slice(), "Vorbis"), (b"\x7fFLAC", "FLAC"), (b"Speex   ", "Speex")]
    {
        let error = analyse_all(&page(packet)).unwrap_err();
        assert_eq!(code_of(&error), "unsupported-codec");
        assert!(error.to_string().contains(codec), "{error}");
    }
}

#[test]
fn limits_are_kept() {
    let with = |file: &[u8], limits: Limits| {
        let settings = Settings { limits, ..Settings::default() };
        code_of(&analyse(Cursor::new(file), &settings, &|| false).unwrap_err())
    };
    let default = Limits::default();
    for (name, file) in ENCODED {
        assert_eq!(with(file, Limits { duration_ms_max: 5_000, ..default }), "recording-too-long", "{name}");
        assert_eq!(with(file, Limits { channels_max: 1, ..default }), "unsupported-channels", "{name}");
        assert_eq!(with(file, Limits { sample_rate_hz_max: 40_000, ..default }), "unsupported-sample-rate", "{name}");
        assert_eq!(with(file, Limits { header_bytes_max: 100, ..default }), "part-too-large", "{name}");
    }
}

/// A file that never says anything and never ends is read as far as the budget goes.
struct Endless(u64);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let head = *b"OggS";
        for (offset, byte) in buffer.iter_mut().enumerate() {
            *byte = usize::try_from(self.0).ok().and_then(|at| head.get(at + offset)).copied().unwrap_or(0);
        }
        self.0 += buffer.len() as u64;
        Ok(buffer.len())
    }
}

impl Seek for Endless {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.0 = match position {
            SeekFrom::Start(at) => at,
            SeekFrom::End(_) => 1 << 50,
            SeekFrom::Current(by) => self.0.saturating_add_signed(by),
        };
        Ok(self.0)
    }
}

#[test]
fn endless_files_end() {
    assert!(analyse(Endless(0), &Settings::default(), &|| false).is_err());
    check_memory();
}

/// One box of nearly 4 GB, of which nothing is there but its head, and one that says that it goes on to the end.
#[test]
fn mp4_boxes_that_lie_are_refused() {
    let (_, file) = ENCODED[1];
    let head = 4 + file.windows(4).position(|bytes| bytes == b"moov").unwrap();
    for table in [b"stsz", b"stts", b"stsc", b"stco", b"esds", b"mp4a"] {
        let at = file.windows(4).position(|bytes| bytes == table).unwrap();
        assert!(at > head);
        for offset in [at - 4, at + 8, at + 12] {
            let mut file = file.to_vec();
            file[offset..offset + 4].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
            let _ = analyse_all(&file);
        }
    }
    check_memory();
    assert_eq!(code(b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov"), "damaged-file");
    assert_eq!(code(b"\0\0\0\x10ftypisom\0\0\0\0\xff\xff\xff\xffmoov"), "truncated-file");
    assert_eq!(code(b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\0mdat"), "truncated-file");
    assert_eq!(code(b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x01moov\0\0\0\0\0\0\0\0"), "damaged-file");
}

#[test]
fn analysis_stops_when_it_is_told_to() {
    for (name, file) in ENCODED {
        let asked = AtomicU32::new(0);
        let stop = || asked.fetch_add(1, Ordering::Relaxed) >= 20;
        let error = analyse(Cursor::new(file), &Settings::default(), &stop).unwrap_err();
        assert_eq!(code_of(&error), "analysis-stopped", "{name}");
        assert!(asked.into_inner() < 30, "{name}");
    }
}

/// A disk that fails is not the uploader's fault.
#[test]
fn a_source_that_fails_is_no_damaged_file() {
    struct Failing(Cursor<&'static [u8]>);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.position() > 8_000 { Err(io::Error::other("disk")) } else { self.0.read(buffer) }
        }
    }
    impl Seek for Failing {
        fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
            self.0.seek(position)
        }
    }
    for (name, file) in ENCODED {
        let error = analyse(Failing(Cursor::new(file)), &Settings::default(), &|| false).unwrap_err();
        assert!(matches!(error, AnalysisError::Io(_)), "{name}: {error:?}");
    }
}

fn files() -> Vec<Vec<u8>> {
    ENCODED.iter().map(|(_, file)| file.to_vec()).chain([short_wav()]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_prefix_harms(length in any::<Index>()) {
        for file in files() {
            // A cut that leaves all of the sound is none.
            if let Err(error) = analyse_all(&file[..length.index(file.len())]) {
                code_of(&error);
                prop_assert!(!matches!(error, AnalysisError::Io(_)), "{error:?}");
            }
        }
        check_memory();
    }

    #[test]
    fn no_changed_byte_harms(at in any::<Index>(), is_in_head in any::<bool>(), change in 1..=255_u8) {
        for mut file in files() {
            // Most of what can go wrong stands in the first bytes.
            let length = if is_in_head { file.len().min(1500) } else { file.len() };
            file[at.index(length)] ^= change;
            if let Err(error) = analyse_all(&file) {
                code_of(&error);
                prop_assert!(!matches!(error, AnalysisError::Io(_)), "{error:?}");
            }
        }
        check_memory();
    }
}
