//! A class of a thousand: all come in at once, and then the teacher says something every second, for a minute.

use std::io::{Error, Result};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use mockly_tests::{Backend, Door, Message, Mockly, School, TestDatabase, WebSocket, within};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

use crate::machine::{self, Meter};
use crate::publisher::publish;
use crate::subscriber::{Listeners, connect, open_each};
use crate::tally::{Stamp, Tally};
use crate::target::{self, Target};

const STUDENTS: usize = 1_000;
const MESSAGES: usize = 60;
/// Messages a second.
const RATE: f64 = 1.0;
/// With its head, an event of the broadcaster is as large as a chat message at a door.
const MESSAGE_BYTES: usize = 230;
/// How long what has not arrived is waited for.
const LATE: Duration = Duration::from_mins(1);

pub(crate) async fn measure() -> Value {
    let (mockly, reference) = (measure_mockly().await, measure_reference().await);
    let ratio = |by: &str| mockly[by].as_f64().zip(reference[by].as_f64()).map(|(one, other)| one / other);
    json!({
        "students": STUDENTS,
        "mockly": mockly,
        "reference": reference,
        "ratio": {
            "joinsPerSecond": ratio("joinsPerSecond"),
            "bytesPerConnection": ratio("bytesPerConnection"),
            "cpuMsPerConnectionOfTheMinute": ratio("cpuMsPerConnectionOfTheMinute"),
        },
    })
}

async fn measure_mockly() -> Value {
    let database = TestDatabase::create(Backend::Sqlite).await;
    let server = machine::on_server_cpu(Mockly::start(&database, &target::settings())).await;
    let school = School::open(&server, STUDENTS).await;
    let id = school.start_session(json!({"maxParticipants": STUDENTS + 1})).await;
    let mut teacher = Door::open(server.address(), "zoom", &id, &school.teacher).await;
    teacher.news().await;

    let (process, tally) = (server.process().id(), Tally::new());
    let (before, meter) = (machine::resident_bytes(process), Meter::start(vec![process]));
    let mut listeners = Listeners::new(1, &tally);
    let paths = school.students.iter().map(|student| format!("/ws/zoom/{id}?token={}", student.token));
    open_each(paths.map(|path| enter(server.address(), path)), STUDENTS, |stream| listeners.add(stream)).await;
    let mut report = describe_storm(&meter);
    // Whoever has the first message has heard of everybody who came, since all of it comes in one order.
    let run = tally.begin(STUDENTS);
    say(&mut teacher, Stamp { run, topic: 0, number: 0, due_us: tally.now_us() }).await;
    let _ = timeout(LATE, tally.complete()).await;
    report["everybodyKnowsAfterSeconds"] = meter.read().seconds.into();
    report["reachedByTheFirstMessage"] = tally.received().into();

    let (run, meter) = (tally.begin(MESSAGES * STUDENTS), Meter::start(vec![process]));
    let sent_late_ms = teach(&mut teacher, &tally, run).await;
    let _ = timeout(LATE, tally.complete()).await;
    describe_minute(&mut report, &meter, &tally, sent_late_ms);
    describe_memory(&mut report, before, machine::resident_bytes(process));
    report
}

async fn measure_reference() -> Value {
    let target = Target::start_reference(1, MESSAGE_BYTES).await;
    let tally = Tally::new();
    let (before, meter) = (target.resident_bytes(), Meter::start(target.process_ids()));
    let mut listeners = Listeners::new(1, &tally);
    let (address, token, topics) = (target.address(), Rc::from(""), Rc::from(target.topics()));
    let connections = (0..STUDENTS).map(|_| connect(address, Rc::clone(&token), Rc::clone(&topics)));
    open_each(connections, STUDENTS, |client| listeners.add(client.into_parts())).await;
    let mut report = describe_storm(&meter);
    let (run, meter) = (tally.begin(MESSAGES * STUDENTS), Meter::start(target.process_ids()));
    let sent_late_ms = publish(&target, &tally, run, RATE, MESSAGES).await;
    let _ = timeout(LATE, tally.complete()).await;
    describe_minute(&mut report, &meter, &tally, sent_late_ms);
    describe_memory(&mut report, before, target.resident_bytes());
    report
}

/// Comes in: the connection, and what was read of it beyond the state of the room.
async fn enter(address: SocketAddr, path: String) -> (TcpStream, Vec<u8>) {
    let entered = async {
        let mut socket = WebSocket::open(address, &path, &[]).await?;
        loop {
            match socket.next().await? {
                Message::Text(text) if text.starts_with(r#"{"event":"room_state""#) => return Ok(socket.into_parts()),
                Message::Text(_) => {}
                end => return Result::Err(Error::other(format!("{end:?}"))),
            }
        }
    };
    within(LATE, "state of the room", entered).await.expect("the server lets everyone in")
}

/// One message, which the teacher hears too.
async fn say(teacher: &mut Door, stamp: Stamp) {
    teacher.send("add_chat", json!({"chatContent": stamp.text()})).await;
    teacher.until("add_chat").await;
}

/// The minute; how late the latest message was sent, in milliseconds.
async fn teach(teacher: &mut Door, tally: &Tally, run: u32) -> f64 {
    let (began, began_us) = (Instant::now(), tally.now_us());
    let mut latest = Duration::ZERO;
    for number in 0..MESSAGES {
        let after = Duration::from_secs_f64(number as f64 / RATE);
        sleep_until(began + after).await;
        latest = latest.max((began + after).elapsed());
        let due_us = began_us + u64::try_from(after.as_micros()).unwrap();
        say(teacher, Stamp { run, topic: 0, number: u32::try_from(number).unwrap(), due_us }).await;
    }
    latest.as_secs_f64() * 1_000.0
}

fn describe_storm(meter: &Meter) -> Value {
    let used = meter.read();
    let mut storm = json!({});
    used.note_shares(&mut storm);
    json!({
        "joinsPerSecond": STUDENTS as f64 / used.seconds,
        "cpuMsPerJoin": used.server_cpu / STUDENTS as f64 * 1_000.0,
        "storm": storm,
    })
}

fn describe_minute(report: &mut Value, meter: &Meter, tally: &Tally, sent_late_ms: f64) {
    let used = meter.read();
    let mut minute = tally.describe();
    used.note_shares(&mut minute);
    minute["sentLateMs"] = sent_late_ms.into();
    minute["cpuSeconds"] = used.server_cpu.into();
    report["cpuMsPerConnectionOfTheMinute"] = (used.server_cpu / STUDENTS as f64 * 1_000.0).into();
    report["minute"] = minute;
}

fn describe_memory(report: &mut Value, before: u64, after: u64) {
    report["bytesPerConnection"] = (after.saturating_sub(before) / STUDENTS as u64).into();
    report["residentMibBefore"] = (before as f64 / 1_048_576.0).into();
    report["residentMibAfter"] = (after as f64 / 1_048_576.0).into();
}
