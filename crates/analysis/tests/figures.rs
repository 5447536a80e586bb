//! Known recordings give the known figures.

#![expect(clippy::unwrap_used, reason = "a fault here is the failure of a test")]
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a test's figures are small")]

use mockly_analysis::{Channel, Format, Loudness, Pause, Report, Settings, Speech, analyse};

mod recording;

use recording::{DURATION_MS, ENCODED, TURNS_MS, analyse_all, samples, wav};

/// What a channel with these turns must give, by the documented definition.
fn expected(turns: &[(u64, u64)]) -> Speech {
    let mut speech = Speech::default();
    let mut until = None;
    for (start, end) in turns {
        match until {
            Some(until) if start - until >= 500 => {
                speech.pause_ms += start - until;
                speech.pause_count += 1;
                speech.longest_pause_ms = speech.longest_pause_ms.max(start - until);
                speech.pauses.push(Pause { start_ms: until, end_ms: *start });
            }
            Some(until) => speech.talk_ms += start - until,
            None => {}
        }
        speech.talk_ms += end - start;
        until = Some(*end);
    }
    speech
}

fn check_speech(name: &str, found: &Speech, turns: &[(u64, u64)], percent: u64) {
    let wanted = expected(turns);
    let near = |what: &str, found: u64, wanted: u64| {
        let most = wanted * percent;
        assert!(found.abs_diff(wanted) * 100 <= most, "{name}: {what} is {found} ms, not {wanted} ms");
    };
    near("talking", found.talk_ms, wanted.talk_ms);
    near("pauses", found.pause_ms, wanted.pause_ms);
    near("longest pause", found.longest_pause_ms, wanted.longest_pause_ms);
    assert_eq!(found.pause_count, wanted.pause_count, "{name}");
    for (found, wanted) in found.pauses.iter().zip(&wanted.pauses) {
        near("start of a pause", found.start_ms, wanted.start_ms);
        near("end of a pause", found.end_ms, wanted.end_ms);
    }
}

fn check_both(name: &str, report: &Report, percent: u64) {
    assert!(report.duration_ms.abs_diff(DURATION_MS) * 100 <= DURATION_MS * percent, "{name}: {report:?}");
    assert_eq!(report.damaged_packets, 0, "{name}");
    assert_eq!(report.channels.len(), 2, "{name}");
    for (channel, (turns, side)) in report.channels.iter().zip(TURNS_MS.iter().zip([Channel::Left, Channel::Right])) {
        assert_eq!(channel.channel, side, "{name}");
        check_speech(&format!("{name}, {side:?}"), &channel.speech, turns, percent);
    }
    let mut together: Vec<_> = TURNS_MS.iter().flat_map(|turns| turns.iter().copied()).collect();
    together.sort_unstable();
    // The turns at 7309 and 8215 overlap.
    let last = together.pop().unwrap();
    together.last_mut().unwrap().1 = last.1;
    check_speech(&format!("{name}, together"), &report.speech, &together, percent);
}

#[test]
fn wav_is_measured_to_two_percent() {
    for rate in [8_000, 11_025, 44_100, 48_000] {
        let report = analyse_all(&wav(&samples(&[0, 1], rate), 2, rate)).unwrap();
        assert_eq!((report.format, report.sample_rate_hz), (Format::Wav, rate));
        check_both(&format!("WAV at {rate} Hz"), &report, 2);
    }
}

#[test]
fn encoded_recordings_are_measured_to_three_percent() {
    for (name, file) in ENCODED {
        check_both(name, &analyse_all(file).unwrap(), 3);
    }
}

#[test]
fn a_file_of_one_speaker_is_one_channel() {
    for (speaker, turns) in TURNS_MS.iter().enumerate() {
        let report = analyse_all(&wav(&samples(&[speaker], 16_000), 1, 16_000)).unwrap();
        assert_eq!(report.channels.len(), 1);
        assert_eq!(report.channels[0].channel, Channel::Mixed);
        check_speech("one speaker", &report.channels[0].speech, turns, 2);
        assert_eq!(report.speech, report.channels[0].speech);
    }
    let report = analyse_all(include_bytes!("fixtures/left.ogg")).unwrap();
    assert_eq!(report.channels[0].channel, Channel::Mixed);
    check_speech("one speaker in Opus", &report.speech, TURNS_MS[0], 3);
}

#[test]
fn more_channels_are_numbered() {
    let report = analyse_all(&wav(&samples(&[0, 1, 0], 16_000), 3, 16_000)).unwrap();
    let names: Vec<_> = report.channels.iter().map(|channel| channel.channel).collect();
    assert_eq!(names, [Channel::Numbered(1), Channel::Numbered(2), Channel::Numbered(3)]);
    assert_eq!(report.channels[0].speech, report.channels[2].speech);
}

/// EBU Tech 3341, case 1: a sine of 1 kHz at -23 dBFS in both channels is -23 LUFS.
#[test]
fn loudness_is_that_of_r128() {
    let amplitude = 10_f64.powf(-23.0 / 20.0);
    let sine = |frame: u32| amplitude * (f64::from(frame) / 48.0 * std::f64::consts::TAU).sin();
    let both: Vec<f64> = (0..20 * 48_000).flat_map(|frame| [sine(frame); 2]).collect();
    let report = analyse_all(&wav(&both, 2, 48_000)).unwrap();
    assert!((report.loudness.integrated_lufs.unwrap() + 23.0).abs() < 0.1, "{:?}", report.loudness);
    assert!((report.loudness.peak_dbfs.unwrap() + 23.0).abs() < 0.1, "{:?}", report.loudness);
    // One of two equal channels has half of the power.
    for channel in &report.channels {
        assert!((channel.loudness.integrated_lufs.unwrap() + 26.0).abs() < 0.1, "{:?}", channel.loudness);
    }
}

#[test]
fn encoded_recordings_are_as_loud_as_the_original() {
    let original = analyse_all(&wav(&samples(&[0, 1], 48_000), 2, 48_000)).unwrap();
    for (name, file) in ENCODED {
        let report = analyse_all(file).unwrap();
        for (found, wanted) in report.channels.iter().zip(&original.channels) {
            let (found, wanted) = (found.loudness.integrated_lufs.unwrap(), wanted.loudness.integrated_lufs.unwrap());
            assert!((found - wanted).abs() < 1.0, "{name}: {found} LUFS, not {wanted} LUFS");
        }
    }
}

#[test]
fn silence_has_neither_talking_nor_loudness() {
    let report = analyse_all(&wav(&vec![0.0; 48_000], 1, 48_000)).unwrap();
    assert_eq!((report.duration_ms, report.speech), (1000, Speech::default()));
    assert_eq!(report.loudness, Loudness::default());
}

/// Microphones in one room hear both speakers.
#[test]
fn the_other_speaker_in_the_background_is_not_talking() {
    let both = samples(&[0, 1], 16_000);
    let mixed =
        both.chunks(2).flat_map(|pair| [pair[0] + 0.06 * pair[1], pair[1] + 0.06 * pair[0]]).collect::<Vec<_>>();
    check_both("crosstalk of -24 dB", &analyse_all(&wav(&mixed, 2, 16_000)).unwrap(), 2);
}

#[test]
fn level_and_shortest_pause_can_be_set() {
    let file = wav(&samples(&[0], 16_000), 1, 16_000);
    let measure = |settings: &Settings| analyse(std::io::Cursor::new(&file), settings, &|| false).unwrap().speech;
    let short = measure(&Settings { pause_ms_min: 250, ..Settings::default() });
    assert_eq!(short.pause_count, 2);
    let long = measure(&Settings { pause_ms_min: 3000, ..Settings::default() });
    assert_eq!((long.pause_count, long.talk_ms / 100), (0, (8921 - 813) / 100));
    assert_eq!(measure(&Settings { talk_level_dbfs: -3.0, ..Settings::default() }), Speech::default());
}
