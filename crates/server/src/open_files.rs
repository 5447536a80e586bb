//! The limit of open files, which bounds sockets before any setting of ours does.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Below this a node serves fewer sockets than people expect of it.
const COMFORTABLE: u64 = 4_096;

/// Raises the soft limit to the hard one. Many systems start processes with 1,024, which is for programs that use
/// `select`; this one does not.
pub(crate) fn raise() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let now = if raised.is_ok() { maximum } else { current };
    // `None` means that there is no limit.
    if let Some(limit) = now.filter(|limit| *limit < COMFORTABLE) {
        tracing::warn!(limit, "few files may be open at once, and each socket is one: raise the limit (ulimit -n)");
    }
}
