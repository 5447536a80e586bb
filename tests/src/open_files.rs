//! Room for many connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises this process's soft limit of open files to the hard one, and tells what that is. Processes that are started
/// afterwards inherit it.
///
/// # Panics
/// When fewer than `wanted` may be open even then.
pub fn raise_open_files(wanted: usize) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).expect("the soft limit can be raised to the hard one");
    let most = limit.maximum.unwrap_or(u64::MAX);
    assert!(u64::try_from(wanted).unwrap() <= most, "{wanted} open files are needed, `ulimit -Hn` says {most}");
    most
}
