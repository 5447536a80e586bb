//! Time: the wait for CONNECT, heart-beats out, silence in.

use crate::common::{LIMITS, OFFER, open, send, transmitted};
use mockly_stomp::{CloseReason, Input, Output, Session, Version};

#[test]
fn connect_has_to_come_in_time() {
    let mut session = Session::new(LIMITS, OFFER, 1_000);
    assert_eq!(session.next_deadline(), Some(6_000));
    session.input(5_000, Input::Bytes(b"\n"));
    session.input(5_999, Input::Timeout);
    assert_eq!(session.poll_output(), None);
    assert_eq!(session.next_deadline(), Some(6_000), "a heart-beat is no CONNECT");
    session.input(6_000, Input::Timeout);
    assert!(transmitted(session.poll_output()).starts_with("ERROR\nmessage:connect-timeout\n"));
    assert_eq!(session.poll_output(), Some(Output::Close(CloseReason::ConnectTimeout)));
}

/// The agreed interval is 1000 ms; the beat leaves after nine tenths of it.
#[test]
fn a_beat_leaves_in_silence_only() {
    let mut session = open(Version::V1_2);
    assert_eq!(session.next_deadline(), Some(900));
    session.input(500, Input::Sent);
    assert_eq!(session.next_deadline(), Some(1_400));
    session.input(1_399, Input::Timeout);
    assert_eq!(session.poll_output(), None);
    session.input(1_400, Input::Timeout);
    assert_eq!(transmitted(session.poll_output()), "\n");
    assert_eq!(session.poll_output(), None);
    assert_eq!(session.next_deadline(), Some(2_300));
    session.input(1_400, Input::Timeout);
    assert_eq!(session.poll_output(), None);
}

/// The agreed interval is 2000 ms; the client may be silent twice as long, and 100 ms of grace.
#[test]
fn a_silent_client_is_given_up() {
    let mut session = open(Version::V1_1);
    session.input(1_000, Input::Bytes(b"\n"));
    // Part of a frame is a sign of life too.
    session.input(2_000, Input::Bytes(b"SEND\ndest"));
    session.input(6_050, Input::Sent);
    assert_eq!(session.next_deadline(), Some(6_100));
    session.input(6_099, Input::Timeout);
    assert_eq!(session.poll_output(), None);
    session.input(6_100, Input::Timeout);
    assert!(transmitted(session.poll_output()).starts_with("ERROR\nmessage:heart-beat-timeout\n"));
    assert_eq!(session.poll_output(), Some(Output::Close(CloseReason::HeartBeatTimeout)));
    assert_eq!(session.next_deadline(), None);
}

#[test]
fn without_agreement_no_time_matters() {
    let mut session = open(Version::V1_0);
    assert_eq!(session.next_deadline(), None);
    session.input(u64::MAX, Input::Timeout);
    assert_eq!(session.poll_output(), None);
}

#[test]
fn a_farewell_stops_the_heart() {
    let mut session = open(Version::V1_2);
    send(&mut session, "DISCONNECT\nreceipt:1\n\n\0");
    assert!(session.poll_output().is_some());
    assert_eq!(session.next_deadline(), None);
}
