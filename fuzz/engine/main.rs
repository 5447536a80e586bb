//! libFuzzer around one target, which its first argument names; `scripts/fuzz.sh` calls it.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::Corpus;
use mockly_fuzz::{TARGETS, Target};

static TARGET: OnceLock<Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: choose(),
    |bytes: &[u8]| -> Corpus {
        match TARGET.get() {
            Some(target) if bytes.len() <= target.bytes_max => (target.run)(bytes),
            _ => return Corpus::Reject,
        }
        Corpus::Keep
    }
);

/// Chooses the target. libFuzzer takes no arguments that are not its own, but leaves alone what follows `-ignore_remaining_args=1`.
#[expect(clippy::panic, reason = "whoever asks for something else should read what there is")]
fn choose() {
    let name = std::env::args().last().unwrap_or_default();
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        panic!("there is no target `{name}`");
    };
    if !target.any_panic_counts {
        // The engine's hook would end the process before the panic is caught.
        drop(std::panic::take_hook());
    }
    let _ = TARGET.set(*target);
}
