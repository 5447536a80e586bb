//! What is wrong with a configuration, all of it at once.

use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The setting, as its owner wrote it: a variable, or a key of the file.
    pub(crate) setting: String,
    /// What is wrong with it, without the value of a secret.
    pub(crate) problem: String,
    /// What would be right.
    pub(crate) remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}.", self.setting, self.problem, self.remedy)
    }
}

/// Everything that is wrong; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Faults(pub(crate) Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        writeln!(f, "the configuration has {count} {}:", if count == 1 { "fault" } else { "faults" })?;
        for fault in &self.0 {
            writeln!(f, "  - {fault}")?;
        }
        f.write_str("Every setting is explained in docs/configuration.md; `mockly config --reference` prints it too.")
    }
}

impl std::error::Error for Faults {}
