//! Analyses of recordings: asked for, queued as rows, and worked off by each node one at a time.
//!
//! A node keeps an analysis by a lease that it renews, so that one whose node died is begun again by another. Whoever
//! asked is told of its begin and its end by a notification.

mod figures;
mod read;
mod request;
mod run;

pub use read::AnalysisView;
