//! The recorder of metrics, which `/metrics` renders.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::failure::Failure;

/// Bounds of the durations' buckets, in seconds: from a cached read to what a deadline of ours ends.
const DURATION_BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Installs the process's recorder. Whoever holds the handle has to call `run_upkeep` now and then.
pub(crate) fn install() -> Result<PrometheusHandle, Failure> {
    // Buckets, not quantiles: those of several nodes can be added up.
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), DURATION_BUCKETS)
        .map_err(|error| Failure::because("the metrics cannot be set up", &error))?;
    builder.install_recorder().map_err(|error| Failure::because("the metrics cannot be set up", &error))
}
