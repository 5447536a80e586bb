//! What fuzzing has found, and what its corpora are made of, holds the laws of every target.

#![expect(clippy::unwrap_used, reason = "a fault here is the failure of a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mockly_fuzz::{TARGETS, Target};
use proptest::prelude::*;
use proptest::sample::Index;

/// They are cloned by everybody.
const CORPORA_BYTES_MAX: u64 = 2 * 1024 * 1024;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

#[test]
fn nothing_that_was_found_comes_back() {
    for target in TARGETS {
        let inputs = files(&corpus().join(target.name));
        assert!(inputs.len() >= 3, "{} has hardly anything to start from", target.name);
        for input in inputs {
            // The input's name stands above the panic's message.
            println!("{}", input.display());
            (target.run)(&fs::read(&input).unwrap());
        }
        (target.run)(&[]);
    }
}

#[test]
fn the_corpora_are_small_and_of_targets_that_there_are() {
    let folders: BTreeSet<String> =
        files(&corpus()).iter().map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(folders, TARGETS.iter().map(|target| target.name.to_owned()).collect());
    let bytes: u64 =
        files(&corpus()).iter().flat_map(|folder| files(folder)).map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!(bytes <= CORPORA_BYTES_MAX, "the corpora have {bytes} bytes");
}

/// The input of a target that is some changes away from one of its corpus.
fn near(target: Target) -> impl Strategy<Value = Vec<u8>> {
    let inputs: Vec<Vec<u8>> = files(&corpus().join(target.name)).iter().map(|file| fs::read(file).unwrap()).collect();
    let change = (any::<Index>(), any::<u8>());
    let changes = prop::collection::vec(change, 0..6);
    (prop::sample::select(inputs), changes, prop::option::weighted(0.3, any::<Index>())).prop_map(
        |(mut input, changes, cut)| {
            if let Some(cut) = cut {
                input.truncate(cut.index(input.len() + 1));
            }
            for (at, byte) in changes {
                // An empty one has no place to change.
                let at = at.index(input.len().max(1));
                if let Some(place) = input.get_mut(at) {
                    *place = byte;
                }
            }
            input
        },
    )
}

/// A little of what `make fuzz` does, for everybody who runs the tests.
#[test]
fn what_is_near_the_corpora_holds_the_laws_too() {
    for target in TARGETS {
        // Those of the decoders take longer.
        let cases = if target.any_panic_counts { 256 } else { 64 };
        let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |(input in near(target))| (target.run)(&input));
    }
}
