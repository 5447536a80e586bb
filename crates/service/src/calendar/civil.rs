//! A local time (RFC 5545, 3.3.5, form 1).

use jiff::civil::DateTime;

pub(super) fn civil(time: DateTime) -> String {
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}
