//! Texts to values. Each function's error is what would have been right, for the fault's remedy.

use std::time::Duration;

/// So many in a time, and so many at once after a pause; a count of 0 means that there is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    /// How many in `per`.
    pub(crate) count: u32,
    /// The time they are counted in.
    pub(crate) per: Duration,
    /// How many may come at once.
    pub(crate) burst: u32,
}

impl Rate {
    /// No limit.
    pub(crate) const OFF: Self = Self { count: 0, per: Duration::from_secs(1), burst: 1 };
}

const DURATION_FORM: &str = "give a whole number and a unit, for example `500ms`, `90s`, `10m`, `24h` or `30d`";
const BYTES_FORM: &str = "give a whole number of bytes, or one with `KiB`, `MiB` or `GiB`, for example `64KiB`";
const RATE_FORM: &str = "give a count and a time, for example `10/min` or `50/s burst 100`, or `off`";

/// Reads `500ms`, `90s`, `10m`, `24h`, `30d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let millis_per_unit = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(DURATION_FORM.to_owned()),
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(millis_per_unit))
        .map(Duration::from_millis)
        .ok_or_else(|| DURATION_FORM.to_owned())
}

/// Writes a duration as [`duration`] reads it, in the largest unit that fits.
pub(crate) fn duration_text(duration: Duration) -> String {
    let millis = duration.as_millis();
    let (per_unit, unit) = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")]
        .into_iter()
        .find(|(per_unit, _)| millis >= *per_unit && millis.is_multiple_of(*per_unit))
        .unwrap_or((1, "ms"));
    format!("{}{unit}", millis / per_unit)
}

/// Reads `65536`, `64KiB`, `1MiB`, `5GiB`.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kib" => 1024,
        "mib" => 1024 * 1024,
        "gib" => 1024 * 1024 * 1024,
        _ => return Err(BYTES_FORM.to_owned()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(|| BYTES_FORM.to_owned())
}

/// Reads `10/min`, `50/s burst 100`, `off`.
pub(crate) fn rate(text: &str) -> Result<Rate, String> {
    parse_rate(text).ok_or_else(|| RATE_FORM.to_owned())
}

fn parse_rate(text: &str) -> Option<Rate> {
    if text == "off" || text == "0" {
        return Some(Rate::OFF);
    }
    let (rate, burst) = match text.split_once("burst") {
        Some((rate, burst)) => (rate, Some(positive(burst)?)),
        None => (text, None),
    };
    let (count, unit) = rate.split_once('/')?;
    let count = positive(count)?;
    let per = match unit.trim() {
        "s" => Duration::from_secs(1),
        "m" | "min" => Duration::from_mins(1),
        "h" => Duration::from_hours(1),
        _ => return None,
    };
    Some(Rate { count, per, burst: burst.unwrap_or(count) })
}

fn positive(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|count| *count > 0)
}

/// Reads items with commas between them; spaces around and empty items do not count.
pub(crate) fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_alike() {
        for (text, millis) in [("0s", 0), ("500ms", 500), ("90s", 90_000), ("10m", 600_000), ("24h", 86_400_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
            let written = duration_text(Duration::from_millis(millis));
            assert_eq!(duration(&written), Ok(Duration::from_millis(millis)), "{written}");
        }
        assert_eq!(duration_text(Duration::from_mins(10)), "10m");
        for text in ["", "10", "m", "-1s", "1.5s", "10 parsecs", "99999999999999999999s", "9999999999999999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bytes_take_binary_units() {
        assert_eq!(bytes("65536"), Ok(65_536));
        assert_eq!(bytes("64KiB"), Ok(65_536));
        assert_eq!(bytes("1 mib"), Ok(1_048_576));
        assert_eq!(bytes("5GiB"), Ok(5_368_709_120));
        for text in ["", "KiB", "1KB", "-1", "1.5MiB", "99999999999999999MiB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rates_have_a_burst() {
        assert_eq!(rate("10/min"), Ok(Rate { count: 10, per: Duration::from_mins(1), burst: 10 }));
        assert_eq!(rate("10/s burst 100"), Ok(Rate { count: 10, per: Duration::from_secs(1), burst: 100 }));
        assert_eq!(rate("off"), Ok(Rate::OFF));
        for text in ["", "10", "0/s", "10/day", "/s", "10/s burst", "10/s burst 0"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lists_forgive_spaces_and_empty_items() {
        assert_eq!(list(" a, b ,,c,"), ["a", "b", "c"]);
        assert!(list("").is_empty());
    }
}
