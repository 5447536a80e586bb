//! What a run measured.

/// Says it, for whoever runs these tests with `--nocapture`, as `make faults` does.
#[expect(clippy::print_stderr, reason = "figures are half of what these tests are for")]
pub(crate) fn measured(what: &str, figures: &str) {
    eprintln!("    measured: {what}: {figures}");
}

/// The value that so many of a hundred do not exceed.
pub(crate) fn percentile<T: Ord + Copy>(values: &mut [T], of_hundred: usize) -> T {
    values.sort_unstable();
    values[(values.len() * of_hundred).div_ceil(100).max(1) - 1]
}
