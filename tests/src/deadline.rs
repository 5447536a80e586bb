//! Waiting, always with an end.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::time::{interval, timeout};

/// How long a test waits for something that should be there at once. Generous, since the machine may be busy with other
/// things; a test that meets it has failed.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// How often [`until`] looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Awaits the future.
///
/// # Panics
/// When it is not ready within `limit`.
pub async fn within<T>(limit: Duration, what: &str, future: impl Future<Output = T>) -> T {
    timeout(limit, future).await.unwrap_or_else(|_late| panic!("after {limit:?} still no {what}"))
}

/// Asks again and again until there is an answer, for what nobody tells by itself.
///
/// # Panics
/// When there is none within [`PATIENCE`].
pub async fn until<T>(what: &str, probe: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(PATIENCE, what, probe).await
}

/// The same with another end.
///
/// # Panics
/// When there is no answer within `limit`.
pub async fn until_within<T>(limit: Duration, what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let asked = Instant::now();
    let mut looks = interval(LOOK_EVERY);
    loop {
        looks.tick().await;
        if let Some(found) = probe().await {
            return found;
        }
        assert!(asked.elapsed() < limit, "after {limit:?} still no {what}");
    }
}

/// The machine's clock, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the server under test goes by the machine's clock too")]
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    u64::try_from(since.as_millis()).expect("it is before the year 584 million")
}
