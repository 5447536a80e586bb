//! Changes at fixed times, whatever the server does meanwhile, so that it is charged for every wait (no coordinated
//! omission).

use std::time::Duration;

use mockly_tests::HttpConnection;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::tally::{Stamp, Tally};
use crate::target::Target;

/// Makes `rate` changes a second for so long, spread over the topics; each topic has a connection of its own, so that the
/// order of its changes is defined. Returns how late the latest of them was sent, in milliseconds.
pub(crate) async fn publish(target: &Target, tally: &Tally, run: u32, rate: f64, messages: usize) -> f64 {
    let topics = target.topics().len();
    let (began, began_us) = (Instant::now(), tally.now_us());
    let mut publishers = JoinSet::new();
    for topic in 0..topics {
        let (tally, target) = (tally.clone(), target.publisher());
        publishers.spawn_local(async move {
            let mut connection = HttpConnection::open(target.address()).await.expect("the server listens");
            let mut latest = Duration::ZERO;
            for (number, message) in (topic..messages).step_by(topics).enumerate() {
                let after = Duration::from_secs_f64(message as f64 / rate);
                let due = began + after;
                sleep_until(due).await;
                latest = latest.max(due.elapsed());
                let stamp = Stamp {
                    run,
                    topic: u32::try_from(topic).unwrap(),
                    number: u32::try_from(number).unwrap(),
                    due_us: began_us + u64::try_from(after.as_micros()).unwrap(),
                };
                let answer = connection.send(&target.change(topic, &stamp.text())).await.expect("the server answers");
                assert_eq!(answer.status, 200, "{}", answer.text());
            }
            let _ = tally;
            latest
        });
    }
    let latest = publishers.join_all().await.into_iter().max().unwrap_or_default();
    latest.as_secs_f64() * 1_000.0
}
