//! The state machine against the tests of the spec, whose names the comments give, and against its own promises.

use super::*;
use crate::frame::EncodedMessage;
use Delivery::{End, Pending};
use ReceiverKind::{Xhr, XhrStreaming};

const LIMITS: fn() -> Limits = || Limits { response_bytes_max: 4096, queue_bytes_max: 8192, ..Limits::default() };
const STILL_OPEN: &str = "c[2010,\"Another connection still open\"]\n";
const GO_AWAY: &str = "c[3000,\"Go away!\"]\n";
const INTERRUPTED: &str = "c[1002,\"Connection interrupted\"]\n";

fn chunk(text: &str) -> Delivery {
    Delivery::Chunk(Bytes::from(text.to_owned()))
}

fn prelude() -> Delivery {
    chunk(&format!("{}\n", "h".repeat(2048)))
}

fn send(session: &mut ProtocolSession, now: u64, text: &str) {
    session.input(now, Input::Send(EncodedMessage::new(text)));
}

/// Asserts what the response carries next, call by call.
fn check(session: &mut ProtocolSession, now: u64, receiver: &mut Receiver, expected: &[Delivery]) {
    for delivery in expected {
        assert_eq!(&session.poll_receiver(now, receiver), delivery);
    }
}

fn check_outputs(session: &mut ProtocolSession, expected: &[Output]) {
    let outputs: Vec<_> = std::iter::from_fn(|| session.poll_output()).collect();
    assert_eq!(outputs, expected);
}

/// A session whose first request has ended, as after one poll.
fn polled(now: u64) -> ProtocolSession {
    let (mut session, mut first) = ProtocolSession::open(now, Xhr, LIMITS());
    check(&mut session, now, &mut first, &[chunk("o\n"), End, End]);
    session.detach(now, &mut first);
    check_outputs(&mut session, &[]);
    session
}

/// A streaming session that has nothing to say.
fn streaming(now: u64) -> (ProtocolSession, Receiver) {
    let (mut session, mut receiver) = ProtocolSession::open(now, XhrStreaming, LIMITS());
    check(&mut session, now, &mut receiver, &[prelude(), chunk("o\n"), Pending]);
    (session, receiver)
}

/// `test_simpleSession`, `test_content_types`: what came while nobody waited is one array.
#[test]
fn polling_gets_one_frame_per_request() {
    let mut session = polled(0);
    send(&mut session, 1, "a");
    send(&mut session, 1, "b");
    check_outputs(&mut session, &[]);
    let mut poll = session.attach(2, Xhr);
    check(&mut session, 2, &mut poll, &[chunk("a[\"a\",\"b\"]\n"), End]);
    let mut poll = session.attach(3, Xhr);
    check(&mut session, 3, &mut poll, &[Pending, Pending]);
    send(&mut session, 4, "c");
    check_outputs(&mut session, &[Output::Wake]);
    check(&mut session, 4, &mut poll, &[chunk("a[\"c\"]\n"), End]);
}

#[test]
fn messages_of_the_client_reach_the_application_while_it_is_open() {
    let (mut session, _receiver) = streaming(0);
    session.input(1, Input::Received(vec!["a".to_owned(), "b".to_owned()]));
    check_outputs(&mut session, &[Output::Message("a".to_owned()), Output::Message("b".to_owned())]);
    session.input(2, Input::Close(Disconnect::GO_AWAY));
    check_outputs(&mut session, &[Output::Wake]);
    session.input(3, Input::Received(vec!["c".to_owned()]));
    check_outputs(&mut session, &[]);
}

/// `test_response_limit`: 31 frames of 134 bytes and the open frame are the first to reach 4096 bytes.
#[test]
fn a_streaming_response_ends_at_its_limit() {
    let (mut session, mut receiver) = streaming(0);
    let text = "x".repeat(128);
    for _ in 0..30 {
        send(&mut session, 1, &text);
        check(&mut session, 1, &mut receiver, &[chunk(&format!("a[\"{text}\"]\n")), Pending]);
    }
    send(&mut session, 1, &text);
    send(&mut session, 1, "next");
    let last = session.poll_receiver(1, &mut receiver);
    assert_eq!(last, chunk(&format!("a[\"{text}\"]\n")), "what does not fit waits for the next response");
    check(&mut session, 2, &mut receiver, &[End]);
    session.detach(2, &mut receiver);
    assert_eq!(session.next_deadline(), Some(5_002));
    let mut next = session.attach(3, XhrStreaming);
    check(&mut session, 3, &mut next, &[prelude(), chunk("a[\"next\"]\n"), Pending]);
    assert!(session.is_open());
}

/// `test_close_request`: the refused request says so and ends, and the first one does not notice.
#[test]
fn a_second_receiver_is_refused() {
    let (mut session, mut first) = streaming(0);
    for (kind, mut expected) in [(XhrStreaming, vec![prelude()]), (Xhr, vec![])] {
        let mut second = session.attach(1, kind.clone());
        expected.extend([chunk(STILL_OPEN), End, End]);
        check(&mut session, 1, &mut second, &expected);
        session.detach(1, &mut second);
        let mut aborted = session.attach(1, kind);
        session.detach(1, &mut aborted);
    }
    check_outputs(&mut session, &[]);
    send(&mut session, 2, "a");
    check(&mut session, 2, &mut first, &[chunk("a[\"a\"]\n"), Pending]);
}

/// A client that has its frame may ask again before the server has noticed that the response is over.
#[test]
fn a_full_response_makes_room_at_once() {
    let (mut session, mut first) = ProtocolSession::open(0, Xhr, LIMITS());
    check(&mut session, 0, &mut first, &[chunk("o\n")]);
    let mut second = session.attach(1, Xhr);
    check(&mut session, 1, &mut second, &[Pending]);
    check(&mut session, 2, &mut first, &[End]);
    session.detach(2, &mut first);
    check_outputs(&mut session, &[]);
    assert_eq!(session.next_deadline(), Some(25_001), "the second one is still attached");
}

/// `test_close_frame`: the open frame comes first, and later requests get the close frame rather than 2010.
#[test]
fn a_closed_session_tells_everyone() {
    let (mut session, mut first) = ProtocolSession::open(0, XhrStreaming, LIMITS());
    session.input(0, Input::Close(Disconnect::GO_AWAY));
    let mut early = session.attach(0, Xhr);
    check(&mut session, 0, &mut early, &[chunk(GO_AWAY), End]);
    check(&mut session, 0, &mut first, &[prelude(), chunk("o\n"), chunk(GO_AWAY), End]);
    for now in [1, 4_000] {
        let mut late = session.attach(now, XhrStreaming);
        check(&mut session, now, &mut late, &[prelude(), chunk(GO_AWAY), End]);
        session.detach(now, &mut late);
    }
    assert_eq!(session.next_deadline(), Some(5_000), "asking again does not keep it");
    session.input(5_000, Input::Timeout);
    check_outputs(&mut session, &[Output::Forget]);
    assert_eq!(session.next_deadline(), None);
    let mut last = session.attach(5_001, Xhr);
    check(&mut session, 5_001, &mut last, &[chunk(GO_AWAY), End]);
    session.input(9_000, Input::Timeout);
    check_outputs(&mut session, &[]);
}

/// `test_closeSession` by polling, with a last word of the application before the close.
#[test]
fn queued_messages_come_before_the_close_frame() {
    let mut session = polled(0);
    send(&mut session, 1, "last word");
    session.input(1, Input::Close(Disconnect::GO_AWAY));
    session.input(1, Input::Close(Disconnect::new(4000, "too late")));
    send(&mut session, 1, "too late");
    let mut poll = session.attach(4_000, Xhr);
    check(&mut session, 4_000, &mut poll, &[chunk("a[\"last word\"]\n"), End]);
    assert_eq!(session.next_deadline(), Some(9_000), "who fetches the rest gets time for it");
    for _ in 0..2 {
        let mut poll = session.attach(5_000, Xhr);
        check(&mut session, 5_000, &mut poll, &[chunk(GO_AWAY), End]);
    }
}

/// `test_abort_xhr_streaming`, `test_abort_xhr_polling`.
#[test]
fn an_aborted_response_closes_the_session() {
    let mut session = polled(0);
    let mut unpolled = session.attach(1, Xhr);
    session.detach(2, &mut unpolled);
    check_outputs(&mut session, &[Output::Closed(CloseCause::Interrupted)]);
    let mut next = session.attach(3, XhrStreaming);
    check(&mut session, 3, &mut next, &[prelude(), chunk(INTERRUPTED), End]);

    let (mut session, mut receiver) = streaming(0);
    send(&mut session, 1, "lost");
    session.detach(2, &mut receiver);
    check_outputs(&mut session, &[Output::Wake, Output::Closed(CloseCause::Interrupted)]);
    assert_eq!(session.queued_bytes(), 0);
    let mut next = session.attach(3, Xhr);
    check(&mut session, 3, &mut next, &[chunk(INTERRUPTED), End]);
}

/// The last chunk of a response is not delivered before the transport has asked for the end.
#[test]
fn a_response_aborted_in_its_last_chunk_closes_the_session() {
    let mut session = polled(0);
    send(&mut session, 0, "a");
    let mut poll = session.attach(1, Xhr);
    check(&mut session, 1, &mut poll, &[chunk("a[\"a\"]\n")]);
    session.detach(2, &mut poll);
    check_outputs(&mut session, &[Output::Closed(CloseCause::Interrupted)]);
}

#[test]
fn without_a_receiver_it_times_out() {
    let mut session = polled(1_000);
    assert_eq!(session.next_deadline(), Some(6_000));
    session.input(5_999, Input::Timeout);
    check_outputs(&mut session, &[]);
    session.input(6_000, Input::Timeout);
    check_outputs(&mut session, &[Output::Closed(CloseCause::TimedOut), Output::Forget]);
}

#[test]
fn heartbeats_come_at_their_interval() {
    let (mut session, mut receiver) = streaming(0);
    for now in [25_000, 50_000] {
        assert_eq!(session.next_deadline(), Some(now));
        session.input(now, Input::Timeout);
        check_outputs(&mut session, &[Output::Wake]);
        check(&mut session, now, &mut receiver, &[chunk("h\n"), Pending]);
    }
    let mut session = polled(0);
    let mut poll = session.attach(1_000, Xhr);
    check(&mut session, 1_000, &mut poll, &[Pending]);
    session.input(26_000, Input::Timeout);
    check(&mut session, 26_000, &mut poll, &[chunk("h\n"), End]);
    check_outputs(&mut session, &[Output::Wake]);
}

/// A body that is never polled again and never dropped must not hold its session.
#[test]
fn a_stalled_receiver_is_given_up() {
    let (mut session, mut receiver) = streaming(0);
    send(&mut session, 1, "not fetched");
    check_outputs(&mut session, &[Output::Wake]);
    session.input(25_000, Input::Timeout);
    check_outputs(&mut session, &[]);
    session.input(50_000, Input::Timeout);
    check_outputs(&mut session, &[Output::Closed(CloseCause::Interrupted)]);
    check(&mut session, 50_001, &mut receiver, &[End]);
    session.detach(50_001, &mut receiver);
    session.input(55_000, Input::Timeout);
    check_outputs(&mut session, &[Output::Forget]);
}

/// A heartbeat that is owed to one that is merely behind is replaced by what it is behind with.
#[test]
fn a_slow_receiver_that_reads_on_is_kept() {
    let (mut session, mut receiver) = streaming(0);
    send(&mut session, 1, "a");
    session.input(25_000, Input::Timeout);
    check(&mut session, 49_000, &mut receiver, &[chunk("a[\"a\"]\n"), Pending]);
    session.input(50_000, Input::Timeout);
    check(&mut session, 50_000, &mut receiver, &[chunk("h\n"), Pending]);
    check_outputs(&mut session, &[Output::Wake, Output::Wake]);
}

#[test]
fn a_full_queue_closes_the_session() {
    let (mut session, mut receiver) = streaming(0);
    let text = "x".repeat(3_000);
    for _ in 0..2 {
        send(&mut session, 1, &text);
    }
    check_outputs(&mut session, &[Output::Wake]);
    send(&mut session, 1, &text);
    check_outputs(&mut session, &[Output::Closed(CloseCause::Overflow)]);
    assert_eq!(session.queued_bytes(), 0);
    check(&mut session, 2, &mut receiver, &[chunk("c[1013,\"Too slow\"]\n"), End]);
}

#[test]
fn an_application_may_close_a_waiting_receiver() {
    let mut session = polled(0);
    let mut poll = session.attach(1, Xhr);
    check(&mut session, 1, &mut poll, &[Pending]);
    session.input(2, Input::Close(Disconnect::new(4401, "token expired")));
    check_outputs(&mut session, &[Output::Wake]);
    check(&mut session, 2, &mut poll, &[chunk("c[4401,\"token expired\"]\n"), End]);
    session.detach(2, &mut poll);
    check_outputs(&mut session, &[]);
}
