//! Analyses of recordings: asked for, queued as rows, and worked off by each node one at a time.
//!
//! A node keeps an analysis by a lease that it renews, so that one whose node died is begun again by another. Whoever
//! asked is told of its begin and its end by a notification.
//!
//! Where another service has an analyser, a node that takes an analysis gives it away instead: a job asks the analyser,
//! which fetches the recording and reports until the analysis has ended; another job ends one that nobody reports on.

mod abandon;
mod analyser;
mod external;
mod figures;
mod finish;
mod read;
mod recording;
mod report;
mod request;
mod run;

pub(crate) use analyser::Analyser;
pub use analyser::AnalyserSettings;
pub use read::AnalysisView;
pub use report::AnalysisNews;
