//! What `make test` tells the tests, in one place.

use std::path::PathBuf;

/// The server under test.
///
/// # Panics
/// Where `make test` or `make bench` has not said so.
pub fn mockly_binary() -> PathBuf {
    required("TEST_MOCKLY_BIN").into()
}

/// The administrator of a PostgreSQL server.
pub(crate) fn database_url() -> String {
    required("TEST_DATABASE_URL")
}

/// A livekit-server.
pub(crate) fn livekit_binary() -> PathBuf {
    required("TEST_LIVEKIT_BIN").into()
}

/// A Python that has the packages of `tests/clients/requirements.txt`.
pub(crate) fn python() -> PathBuf {
    required("TEST_PYTHON").into()
}

/// The folder whose `node_modules` has the JavaScript clients.
///
/// # Panics
/// Where `make test` has not said so.
pub fn node_folder() -> PathBuf {
    required("TEST_NODE_DIR").into()
}

/// A Chromium that runs without a display.
pub(crate) fn chromium() -> PathBuf {
    required("TEST_CHROMIUM").into()
}

/// A libfaketime, which shows a program another time of day.
///
/// # Panics
/// Where `make faults` has not said so.
pub fn faketime_library() -> PathBuf {
    required("TEST_FAKETIME_LIB").into()
}

/// How many connections the tests of many connections open: `TEST_CONNECTIONS`, else 1,000. Each costs the test and the
/// server a file descriptor, so that 10,000 need `ulimit -n` to be somewhat above that.
///
/// # Panics
/// Where it is no number.
pub fn connections_wanted() -> usize {
    read("TEST_CONNECTIONS").map_or(1_000, |text| text.parse().expect("TEST_CONNECTIONS is a number"))
}

/// Where the dice of a random test begin, by `TEST_SEED`; else each run has its own.
///
/// # Panics
/// Where it is no number.
pub fn seed() -> u64 {
    read("TEST_SEED").map_or_else(crate::deadline::now_ms, |text| text.parse().expect("TEST_SEED is a number"))
}

/// How many actions a random test takes: `TEST_ACTIONS`, else 2,000.
///
/// # Panics
/// Where it is no number.
pub fn actions_wanted() -> usize {
    read("TEST_ACTIONS").map_or(2_000, |text| text.parse().expect("TEST_ACTIONS is a number"))
}

/// How many MiB the test of a large upload sends: `TEST_UPLOAD_MIB`, else 256.
///
/// # Panics
/// Where it is no number.
pub fn upload_mib() -> u64 {
    read("TEST_UPLOAD_MIB").map_or(256, |text| text.parse().expect("TEST_UPLOAD_MIB is a number"))
}

/// The search path, which the programs that are started get and little else.
pub(crate) fn search_path() -> String {
    read("PATH").unwrap_or_default()
}

fn required(name: &str) -> String {
    read(name).unwrap_or_else(|| {
        panic!("{name} is not set: run `make test`, which gets and starts what the tests need, or set it yourself")
    })
}

#[expect(clippy::disallowed_methods, reason = "this is the tests' one door to the environment")]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
