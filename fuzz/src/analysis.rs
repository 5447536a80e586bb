//! Recordings, as strangers make them.

use std::io::Cursor;
use std::sync::atomic::{AtomicU32, Ordering};

use mockly_analysis::{Limits, Report, Settings, Speech, analyse};

/// Reads and packets after which a run is given up: the server's deadline does it there.
const STEPS_MAX: u32 = 20_000;

/// Small, so that short files reach the limits.
const LIMITS: Limits = Limits {
    channels_max: 4,
    sample_rate_hz_min: 4_000,
    sample_rate_hz_max: 192_000,
    duration_ms_max: 10_000,
    packet_bytes_max: 64 * 1024,
    header_bytes_max: 64 * 1024,
    pauses_max: 10,
};

/// Figures that a recording can have, or a refusal.
pub(crate) fn analysis(input: &[u8]) {
    let settings = Settings { limits: LIMITS, ..Settings::default() };
    let steps = AtomicU32::new(0);
    let must_stop = || steps.fetch_add(1, Ordering::Relaxed) > STEPS_MAX;
    match analyse(Cursor::new(input), &settings, &must_stop) {
        Ok(report) => check(&report),
        Err(error) => assert!(error.to_string().len() < 500, "{error}"),
    }
}

fn check(report: &Report) {
    assert!(report.duration_ms <= LIMITS.duration_ms_max, "{report:?}");
    assert!((1..=usize::from(LIMITS.channels_max)).contains(&report.channels.len()), "{report:?}");
    check_speech(&report.speech, report.duration_ms);
    for channel in &report.channels {
        check_speech(&channel.speech, report.duration_ms);
        for figure in [channel.loudness.integrated_lufs, channel.loudness.peak_dbfs].into_iter().flatten() {
            assert!(figure.is_finite(), "{channel:?}");
        }
    }
}

fn check_speech(speech: &Speech, duration_ms: u64) {
    assert!(speech.pauses.len() <= LIMITS.pauses_max, "{speech:?}");
    assert!(speech.talk_ms + speech.pause_ms <= duration_ms + 10, "{speech:?} in {duration_ms} ms");
    assert!(speech.longest_pause_ms <= speech.pause_ms, "{speech:?}");
    assert!(speech.pauses.iter().all(|pause| pause.start_ms < pause.end_ms && pause.end_ms <= duration_ms + 10));
    assert!(speech.pauses.windows(2).all(|pair| pair[0].end_ms <= pair[1].start_ms), "{speech:?}");
}
