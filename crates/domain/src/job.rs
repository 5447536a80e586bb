//! Follow-up work, as those who run the server see it.

use crate::wire_enum::wire_enum;

wire_enum!(
    /// How a job stands.
    JobState {
        /// Not tried yet: due now, or at its time.
        Waiting = "WAITING",
        /// A node is at it.
        Running = "RUNNING",
        /// It failed and is tried again.
        Retrying = "RETRYING",
        /// It failed for good, unless somebody has it tried again.
        Dead = "DEAD",
    }
);
