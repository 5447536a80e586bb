//! What strangers' bytes reach first, as functions from bytes to a verdict: each target feeds one reader of Mockly and
//! panics where a law of its protocol is broken.
//!
//! The same functions have two callers. `make fuzz` lets libFuzzer look for bytes that break one, guided by which lines
//! of ours they reach. `make test` replays what it has found, from `corpus/`, so that nothing that was mended comes back.
//!
//! A target must be the same each time for the same bytes, hold nothing from one call to the next but what is costly to
//! make, and reach nothing outside this process but a temporary file.
//!
//! To add a target: a file here with one function, its row in [`TARGETS`], and some files of its format in
//! `corpus/<name>/`.

mod analysis;
mod cut;
mod room;
mod sockjs;
mod stomp;
mod token;
mod webhook;
mod websocket;

/// One reader under test.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is also that of its folder in `corpus/`.
    pub name: &'static str,
    /// Feeds it.
    pub run: fn(&[u8]),
    /// The longest input that is worth trying, in bytes.
    pub bytes_max: usize,
    /// Whether a panic that the reader itself catches counts as found: not where it is there to catch those of others.
    pub any_panic_counts: bool,
}

const fn target(name: &'static str, run: fn(&[u8]), bytes_max: usize) -> Target {
    Target { name, run, bytes_max, any_panic_counts: true }
}

/// All of them.
pub const TARGETS: [Target; 9] = [
    target("stomp-frames", stomp::frames, 2_048),
    target("stomp-session", stomp::session, 2_048),
    target("sockjs-payload", sockjs::payload, 2_048),
    target("sockjs-session", sockjs::session, 512),
    target("websocket", websocket::websocket, 2_048),
    target("room", room::room, 2_048),
    target("webhook", webhook::webhook, 2_048),
    target("token", token::token, 2_048),
    Target { any_panic_counts: false, ..target("analysis", analysis::analysis, 32 * 1024) },
];
