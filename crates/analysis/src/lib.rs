//! A recording in, figures out: how long it is, when there is talking and when there are pauses, and how loud it is, for
//! each channel.
//!
//! [`analyse`] reads WAV, MP3, MP4 with AAC, and OGG with Opus, which is what LiveKit records sound in. What a file is,
//! its first bytes say; names and declared types are not asked for.
//!
//! # What the figures mean
//!
//! * **Talking.** A channel is cut into windows of 10 ms. One whose RMS level is at least
//!   [`talk_level_dbfs`](Settings::talk_level_dbfs) (-45 dBFS) is talking, unless another channel is [`crosstalk_db`](Settings::crosstalk_db)
//!   (20 dB) louder: then it is that one's echo. So is a gap between two such windows that is
//!   shorter than [`pause_ms_min`](Settings::pause_ms_min) (500 ms).
//! * **Pause.** A gap between two windows of talking that is at least that long. The silence before the first and after
//!   the last talking is none: it belongs to whoever pressed the button.
//! * **Loudness.** Integrated loudness by EBU R128, and the largest sample.
//! * **Channel.** A mono file is [`Channel::Mixed`], one with two channels has [`Channel::Left`] and
//!   [`Channel::Right`]. Who speaks there, the caller knows: in an interview recorded on two channels each is one
//!   speaker.
//!
//! # What it must never do
//!
//! * Panic. The file is anybody's: what the decoders do to it happens behind a wall that turns a panic of theirs into
//!   [`AnalysisError::Undecodable`].
//! * Hold more than [`Limits`] allows. Samples go into sums as they come; between two packets the source gives no more
//!   bytes than a packet may have, and an MP4 file's tables are added up before they are read.
//! * Run on when nobody waits any more: the caller is asked before each read and each packet.
//! * Read a clock, wait, log, or touch a file: bytes come through the [`Read`] and [`Seek`] that is handed in.
//!
//! # What it costs
//!
//! One hour of stereo at 48 kHz, in the release profile on a busy machine with two cores; one core is used:
//!
//! | file | size | seconds | peak memory of the process |
//! |---|---|---|---|
//! | OGG/Opus | 32 MB | 22 | 4.1 MB |
//! | MP4/AAC | 26 MB | 20 | 5.3 MB |
//! | WAV, 16 bit | 691 MB | 14 | 3.9 MB |
//!
//! # How to add a kind of file
//!
//! A row in `decode/sniff.rs` and a [`Format`]; a reader in `decode/packets.rs` where `symphonia` has one, else a file
//! beside it that hands samples to the same job. Then a fixture (`tests/fixtures/make.sh`), which the tests for figures
//! and for hostile input take up by themselves.

#![warn(clippy::indexing_slicing, clippy::string_slice)]

use std::io::{Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

mod decode;
mod error;
mod guard;
mod meter;
mod report;
mod settings;
mod speech;

pub use error::AnalysisError;
pub use report::{Channel, ChannelReport, Format, Loudness, Pause, Report, Speech};
pub use settings::{Limits, Settings};

/// Decodes a recording from its beginning to its end and measures it.
///
/// This takes up to half a minute of computing for an hour of sound: call it where blocking is fine. `must_stop` is asked
/// before each read of the source and between packets, thousands of times a second: look at a flag or a deadline in it.
///
/// # Errors
///
/// [`AnalysisError`] says why there are no figures; figures of half a recording are never answered.
pub fn analyse<R>(
    source: R,
    settings: &Settings,
    must_stop: &(dyn Fn() -> bool + Send + Sync),
) -> Result<Report, AnalysisError>
where
    R: Read + Seek + Send + Sync,
{
    // Nothing that the decoders touched is used afterwards, so that no broken state is seen.
    let outcome = catch_unwind(AssertUnwindSafe(|| decode::decode(source, settings, must_stop)));
    outcome.unwrap_or(Err(AnalysisError::Undecodable))
}
