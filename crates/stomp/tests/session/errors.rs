//! Every way in which a session fails: its code, its receipt, its end.

use crate::common::{LIMITS, OFFER, drain, open, send, transmitted};
use mockly_stomp::{CODES, CloseReason, Input, Output, Session, Version};

/// The ERROR frame has this code and names the receipt, and the session is closed.
#[track_caller]
fn check_end(mut session: Session, text: &str, code: &'static str, receipt_id: Option<&str>) -> String {
    assert!(CODES.contains(&code), "{code} is not in the list");
    send(&mut session, text);
    let mut outputs = drain(&mut session);
    assert_eq!(outputs.pop(), Some(Output::Close(CloseReason::Protocol(code))), "{text:?}");
    let error = transmitted(outputs.pop());
    let receipt_line = receipt_id.map_or(String::new(), |id| format!("receipt-id:{id}\n"));
    assert!(error.starts_with(&format!("ERROR\nmessage:{code}\n{receipt_line}")), "{text:?} gives {error:?}");
    assert_eq!(error.contains("receipt-id"), receipt_id.is_some(), "{text:?} gives {error:?}");
    send(&mut session, "\n");
    assert_eq!((session.poll_output(), session.next_deadline()), (None, None));
    assert!(session.is_closed());
    error
}

#[track_caller]
fn check_new(text: &str, code: &'static str, receipt_id: Option<&str>) -> String {
    check_end(Session::new(LIMITS, OFFER, 0), text, code, receipt_id)
}

#[track_caller]
fn check(version: Version, text: &str, code: &'static str) {
    let with_receipt = text.replacen('\n', "\nreceipt:r1\n", 1);
    check_end(open(version), &with_receipt, code, Some("r1"));
    check_end(open(version), text, code, None);
}

#[test]
fn before_connect_only_connect_is_allowed() {
    check_new("SEND\ndestination:/a\n\n\0", "not-connected", None);
    check_new("SUBSCRIBE\nid:1\ndestination:/a\nreceipt:7\n\n\0", "not-connected", Some("7"));
    check_new("CONNECTED\nversion:1.2\n\n\0", "not-connected", None);
    check_new("GET /ws HTTP/1.1\r\n\r\n", "unknown-command", None);
    check_new("CONNECT\naccept-version:1.2\nheart-beat:soon\n\n\0", "invalid-heart-beat", None);
}

#[test]
fn without_a_common_version_the_error_lists_ours() {
    let error = check_new("CONNECT\naccept-version:2.0,3.1\n\n\0", "unsupported-version", None);
    assert!(error.contains("\nversion:1.0,1.1,1.2\n"), "{error}");
    assert!(error.ends_with("\n\nSupported protocol versions are 1.0 1.1 1.2\0"), "{error}");
}

#[test]
fn the_session_opens_once() {
    check(Version::V1_2, "CONNECT\naccept-version:1.2\n\n\0", "already-connected");
    check(Version::V1_1, "STOMP\naccept-version:1.2\n\n\0", "already-connected");
}

#[test]
fn a_client_sends_client_frames_of_its_version() {
    for command in ["CONNECTED", "MESSAGE", "RECEIPT", "ERROR"] {
        check(Version::V1_2, &format!("{command}\n\n\0"), "unexpected-command");
    }
    check(Version::V1_0, "NACK\nmessage-id:7\n\n\0", "unexpected-command");
}

#[test]
fn required_headers_are_required() {
    let missing = "missing-header";
    for version in Version::ALL {
        check(version, "SEND\n\n\0", missing);
        check(version, "SEND\ndestination:\n\n\0", missing);
        check(version, "SUBSCRIBE\nid:1\n\n\0", missing);
        check(version, "UNSUBSCRIBE\n\n\0", missing);
        check(version, "ACK\n\n\0", missing);
        check(version, "BEGIN\n\n\0", missing);
        check(version, "COMMIT\n\n\0", missing);
        check(version, "ABORT\n\n\0", missing);
    }
    for version in [Version::V1_1, Version::V1_2] {
        check(version, "SUBSCRIBE\ndestination:/a\n\n\0", missing);
        check(version, "UNSUBSCRIBE\ndestination:/a\n\n\0", missing);
    }
    check(Version::V1_2, "ACK\nmessage-id:7\nsubscription:0\n\n\0", missing);
    check(Version::V1_1, "ACK\nmessage-id:7\n\n\0", missing);
    check(Version::V1_1, "NACK\nsubscription:0\n\n\0", missing);
}

#[test]
fn ack_modes_are_those_of_the_version() {
    check(Version::V1_2, "SUBSCRIBE\nid:1\ndestination:/a\nack:always\n\n\0", "invalid-ack-mode");
    check(Version::V1_0, "SUBSCRIBE\ndestination:/a\nack:client-individual\n\n\0", "invalid-ack-mode");
}

#[test]
fn subscriptions_have_their_own_ids_and_a_limit() {
    let mut session = open(Version::V1_2);
    send(&mut session, "SUBSCRIBE\nid:1\ndestination:/a\n\n\0");
    let again = "SUBSCRIBE\nid:1\ndestination:/b\nreceipt:7\n\n\0";
    check_end(session, again, "duplicate-subscription", Some("7"));

    let mut session = open(Version::V1_2);
    send(&mut session, "SUBSCRIBE\nid:1\ndestination:/a\n\n\0SUBSCRIBE\nid:2\ndestination:/a\n\n\0");
    check_end(session, "SUBSCRIBE\nid:3\ndestination:/a\n\n\0", "too-many-subscriptions", None);

    check(Version::V1_2, "UNSUBSCRIBE\nid:1\n\n\0", "unknown-subscription");
    check(Version::V1_0, "UNSUBSCRIBE\ndestination:/a\n\n\0", "unknown-subscription");
}

#[test]
fn transactions_have_their_own_ids_and_a_limit() {
    let mut session = open(Version::V1_2);
    send(&mut session, "BEGIN\ntransaction:1\n\n\0");
    check_end(session, "BEGIN\ntransaction:1\nreceipt:7\n\n\0", "duplicate-transaction", Some("7"));

    let mut session = open(Version::V1_2);
    send(&mut session, "BEGIN\ntransaction:1\n\n\0BEGIN\ntransaction:2\n\n\0");
    check_end(session, "BEGIN\ntransaction:3\n\n\0", "too-many-transactions", None);

    for text in [
        "COMMIT\ntransaction:1\n\n\0",
        "ABORT\ntransaction:1\n\n\0",
        "SEND\ndestination:/a\ntransaction:1\n\n\0",
        "ACK\nid:7\ntransaction:1\n\n\0",
        "NACK\nid:7\ntransaction:1\n\n\0",
    ] {
        check(Version::V1_2, text, "unknown-transaction");
    }
}

#[test]
fn malformed_frames_name_the_receipt_when_it_was_read() {
    check(Version::V1_2, "SEND\nbroken\n\n\0", "malformed-frame");
    check(Version::V1_2, "SEND\nx:\\t\n\n\0", "malformed-frame");
    check(Version::V1_2, "BEGIN\ntransaction:1\n\nbody\0", "body-not-allowed");
    check(Version::V1_2, "SEND\ncontent-length:1\n\nab\0", "invalid-content-length");
    check(Version::V1_2, "SEND\ncontent-length:9999\n\n", "frame-too-large");
    let long = format!("SEND\nx:{}\n", "y".repeat(100));
    check(Version::V1_2, &long, "header-line-too-long");
    check(Version::V1_2, &format!("SEND\n{}\n\0", "a:b\n".repeat(9)), "too-many-headers");
    check_end(open(Version::V1_2), "HELLO\nreceipt:1\n\n\0", "unknown-command", None);
}

/// The texts of errors repeat no value of the client's frame.
#[test]
fn errors_do_not_echo_what_the_client_sent() {
    for text in [
        "CONNECT\npasscode s3cret\n\n\0",
        "CONNECT\ntoken:s3cret\naccept-version:9\n\n\0",
        "CONNECT\naccept-version:1.2\ntoken:s3cret\nheart-beat:s3cret\n\n\0",
        "s3cret\n",
        "GET /ws?token=s3cret HTTP/1.1\r\n",
        "CONNECT\ntoken:x\n\ns3cret\0",
    ] {
        let mut session = Session::new(LIMITS, OFFER, 0);
        send(&mut session, text);
        let error = transmitted(session.poll_output());
        assert!(error.starts_with("ERROR\n") && !error.contains("s3cret"), "{text:?} gives {error:?}");
    }
}

/// A client that sends much without waiting for CONNECTED is cut off, not buffered.
#[test]
fn input_that_waits_is_bounded() {
    let mut session = Session::new(LIMITS, OFFER, 0);
    send(&mut session, "CONNECT\naccept-version:1.2\n\n\0");
    assert!(matches!(session.poll_output(), Some(Output::Connect(_))));
    send(&mut session, &"\n".repeat(400));
    assert_eq!(session.poll_output(), None);
    session.input(0, Input::Bytes(&[b'\n'; 101]));
    assert!(transmitted(session.poll_output()).starts_with("ERROR\nmessage:input-overflow\n"));
    assert_eq!(session.poll_output(), Some(Output::Close(CloseReason::Protocol("input-overflow"))));
}
