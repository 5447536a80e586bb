//! Everybody comes back at once and wants what was missed.

use std::rc::Rc;
use std::time::Instant;

use mockly_tests::{PATIENCE, StompClient, StompFrame, within};
use serde_json::{Value, json};

use crate::publisher::publish;
use crate::subscriber::{OPENING, open_each};
use crate::tally::Tally;
use crate::target::{Kind, Target};

const SUBSCRIBERS: usize = 5_000;
/// Events that each of them has missed.
const MISSED: usize = 20;
/// Changes a second while nobody listens but one.
const RATE: f64 = 50.0;

pub(crate) async fn measure() -> Value {
    mockly_tests::raise_open_files(2_000);
    let target = Target::start(Kind::Mockly, 1).await;
    let topic = target.topics().remove(0);
    let mut witness = StompClient::connect(target.address(), &target.token).await.expect("the server lets it in");
    witness.subscribe("0", &topic, &[]).await.expect("it may listen");
    let tally = Tally::new();
    let run = tally.begin(0);
    publish(&target, &tally, run, RATE, MISSED + 1).await;
    let first = message(&mut witness).await;
    let last_event_id: Rc<str> = first.header("message-id").expect("each message has one").into();

    let (token, topic): (Rc<str>, Rc<str>) = (target.token.as_str().into(), topic.into());
    let (cpu, began) = (target.cpu_seconds(), Instant::now());
    let mut seconds = Vec::with_capacity(SUBSCRIBERS);
    let connections = (0..SUBSCRIBERS).map(|_| {
        let (address, token, topic, after) =
            (target.address(), Rc::clone(&token), Rc::clone(&topic), Rc::clone(&last_event_id));
        async move {
            let mut client = StompClient::connect(address, &token).await.expect("the server lets everyone in");
            client.subscribe("0", &topic, &[("last-event-id", &after)]).await.expect("everyone may listen");
            let mut sequence = 0;
            for _ in 0..MISSED {
                let event = message(&mut client).await.json();
                let next = event["sequence"].as_i64().expect("each event has one");
                assert!(sequence == 0 || next == sequence + 1, "{next} came after {sequence}");
                sequence = next;
            }
            // The connection stays, as a client's would.
            (client, began.elapsed())
        }
    });
    let mut clients = Vec::with_capacity(SUBSCRIBERS);
    open_each(connections, OPENING, |(client, after)| {
        clients.push(client);
        seconds.push(after.as_secs_f64());
    })
    .await;
    let took = began.elapsed().as_secs_f64();
    let cpu = target.cpu_seconds() - cpu;
    seconds.sort_by(f64::total_cmp);
    json!({
        "subscribers": SUBSCRIBERS,
        "missedByEach": MISSED,
        "openingAtOnce": OPENING,
        "secondsUntilAllHadEverything": took,
        "secondsUntilHalfHad": seconds[SUBSCRIBERS / 2],
        "resumedPerSecond": SUBSCRIBERS as f64 / took,
        "serverCpuMsPerSubscriber": cpu * 1_000.0 / SUBSCRIBERS as f64,
        "serverCpuShare": cpu / took,
        "residentMib": target.resident_bytes() as f64 / 1_048_576.0,
    })
}

async fn message(client: &mut StompClient) -> StompFrame {
    let frame = within(PATIENCE, "missed event", client.next()).await.expect("what comes is STOMP");
    frame.filter(|frame| frame.command == "MESSAGE").expect("it is an event")
}
