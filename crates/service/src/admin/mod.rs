//! What those who run the server ask and do.

mod jobs;
mod nodes;
mod stats;
mod users;

pub use mockly_data::{JobRow, NodeRow};
pub use stats::Stats;
