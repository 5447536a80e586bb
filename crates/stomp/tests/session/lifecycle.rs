//! A session from CONNECT to DISCONNECT, as the driver sees it.

use crate::common::{LIMITS, OFFER, drain, open, receipt_of, send, transmitted};
use mockly_stomp::{Accept, AckMode, AckTarget, CloseReason, HeartBeat, Input, Output, Refusal, Session, Version};

#[test]
fn connecting_waits_for_the_driver() {
    let mut session = Session::new(LIMITS, OFFER, 0);
    session.input(0, Input::Bytes(b"CONNECT\naccept-version:1.1,1.2\nhost:a\nAuthorization:Bearer x:y\n"));
    assert_eq!(session.poll_output(), None);
    session.input(0, Input::Bytes(b"heart-beat:500,3000\n\n\0SUBSCRIBE\nid:\\r\ndestination:/a\n\n\0"));
    let Some(Output::Connect(connect)) = session.poll_output() else {
        panic!("the driver is not asked");
    };
    assert_eq!(connect.version, Version::V1_2);
    assert_eq!(connect.host.as_deref(), Some("a"));
    assert_eq!(connect.credentials.authorization.as_deref(), Some("Bearer x:y"));
    assert_eq!(connect.heart_beat, HeartBeat { send_ms: 3_000, receive_ms: 2_000 });
    assert!(!format!("{connect:?}").contains("Bearer"));
    assert_eq!(session.poll_output(), None, "what follows waits for the answer");
    assert_eq!((session.version(), session.next_deadline()), (None, None));

    session.accept(0, Accept { session: Some("s1"), server: Some("mockly/0.1.0"), user_name: None });
    let expected = "CONNECTED\nversion:1.2\nheart-beat:1000,2000\nsession:s1\nserver:mockly/0.1.0\n\n\0";
    assert_eq!(transmitted(session.poll_output()), expected);
    assert_eq!(session.version(), Some(Version::V1_2));
    let Some(Output::Subscribe(subscribe)) = session.poll_output() else {
        panic!("the frame that waited is lost");
    };
    assert_eq!(subscribe.id, "\r", "it is read in the version that was agreed");
}

#[test]
fn all_places_of_credentials_are_read() {
    let check = |header: &str, expected: [Option<&str>; 4]| {
        let mut session = Session::new(LIMITS, OFFER, 0);
        send(&mut session, &format!("STOMP\naccept-version:1.2\n{header}\n\n\0"));
        let Some(Output::Connect(connect)) = session.poll_output() else {
            panic!("{header} is refused");
        };
        let found = &connect.credentials;
        let found = [&found.login, &found.passcode, &found.token, &found.authorization];
        assert_eq!(found.map(Option::as_deref), expected, "{header}");
    };
    check("login:a", [Some("a"), None, None, None]);
    check("passcode: a\\c", [None, Some(" a\\c"), None, None]);
    check("token:a", [None, None, Some("a"), None]);
    check("Authorization:a", [None, None, None, Some("a")]);
    check("authorization:a", [None, None, None, Some("a")]);
    check("host:a", [None, None, None, None]);
}

#[test]
fn connect_without_versions_is_1_0() {
    let mut session = Session::new(LIMITS, OFFER, 0);
    send(&mut session, "CONNECT\nlogin: a\npasscode: b\nheart-beat:1,1\n\n\0");
    let Some(Output::Connect(connect)) = session.poll_output() else {
        panic!("CONNECT is refused");
    };
    assert_eq!((connect.version, connect.heart_beat), (Version::V1_0, HeartBeat::default()));
    assert_eq!(connect.credentials.login.as_deref(), Some("a"));
    assert_eq!(connect.credentials.passcode.as_deref(), Some("b"));
    session.accept(0, Accept::default());
    assert_eq!(transmitted(session.poll_output()), "CONNECTED\nversion:1.0\n\n\0");
    assert_eq!(session.next_deadline(), None);
}

#[test]
fn a_refused_connect_is_an_error_and_the_end() {
    let mut session = Session::new(LIMITS, OFFER, 0);
    send(&mut session, "CONNECT\naccept-version:1.2\n\n\0SEND\ndestination:/a\n\n\0");
    assert!(matches!(session.poll_output(), Some(Output::Connect(_))));
    session.refuse(Refusal { code: "unauthorized", detail: "Send a token.", receipt: None });
    let error = transmitted(session.poll_output());
    assert!(error.starts_with("ERROR\nmessage:unauthorized\n") && error.ends_with("\n\nSend a token.\0"), "{error}");
    assert_eq!(session.poll_output(), Some(Output::Close(CloseReason::Refused)));
    session.accept(0, Accept::default());
    send(&mut session, "SEND\ndestination:/a\n\n\0");
    assert_eq!((session.poll_output(), session.next_deadline()), (None, None));
}

#[test]
fn a_receipt_comes_after_the_effect() {
    let mut session = open(Version::V1_2);
    send(&mut session, "SUBSCRIBE\nid:0\ndestination:/a\nack:client\nlast-event-id:7\nreceipt:r\\c1\n\n\0");
    let Some(Output::Subscribe(mut subscribe)) = session.poll_output() else {
        panic!("SUBSCRIBE is refused");
    };
    assert_eq!((subscribe.destination.as_str(), subscribe.ack), ("/a", AckMode::Client));
    assert_eq!(subscribe.headers.find("last-event-id"), Some("7"));
    assert_eq!(session.poll_output(), None);
    let Some(receipt) = subscribe.receipt.take() else {
        panic!("the receipt is lost");
    };
    assert_eq!(receipt.as_str(), "r:1");
    session.complete(receipt);
    assert_eq!(transmitted(session.poll_output()), "RECEIPT\nreceipt-id:r\\c1\n\n\0");
    assert_eq!(session.poll_output(), None);
}

#[test]
fn a_refused_command_names_its_receipt_and_ends_the_session() {
    let mut session = open(Version::V1_2);
    send(&mut session, "SUBSCRIBE\nid:0\ndestination:/a\nreceipt:7\n\n\0");
    let receipt = receipt_of(session.poll_output());
    session.refuse(Refusal { code: "access-denied", detail: "Ask.", receipt: receipt.as_ref() });
    let error = transmitted(session.poll_output());
    assert!(error.starts_with("ERROR\nmessage:access-denied\nreceipt-id:7\n"), "{error}");
    assert_eq!(session.poll_output(), Some(Output::Close(CloseReason::Refused)));
    session.complete(receipt.expect("the receipt is lost"));
    assert_eq!(session.poll_output(), None, "nothing follows an error");
}

#[test]
fn ids_are_free_again_after_their_end() {
    let mut session = open(Version::V1_2);
    for _ in 0..5 {
        send(&mut session, "SUBSCRIBE\nid:0\ndestination:/a\n\n\0UNSUBSCRIBE\nid:0\n\n\0");
        send(&mut session, "BEGIN\ntransaction:t\n\n\0COMMIT\ntransaction:t\n\n\0");
        send(&mut session, "BEGIN\ntransaction:t\n\n\0ABORT\ntransaction:t\n\n\0");
        let outputs = drain(&mut session);
        assert_eq!(outputs.len(), 6);
        assert!(matches!(outputs.get(1), Some(Output::Unsubscribe(unsubscribe)) if unsubscribe.id == "0"));
        assert!(matches!(outputs.get(3), Some(Output::Commit(transaction)) if transaction.id == "t"));
        assert!(matches!(outputs.get(5), Some(Output::Abort(transaction)) if transaction.id == "t"));
    }
}

#[test]
fn version_1_0_subscribes_by_destination() {
    let mut session = open(Version::V1_0);
    send(&mut session, "SUBSCRIBE\ndestination: /a\n\n\0");
    assert!(matches!(session.poll_output(), Some(Output::Subscribe(subscribe)) if subscribe.id == "/a"));
    send(&mut session, "UNSUBSCRIBE\ndestination: /a\n\n\0");
    assert!(matches!(session.poll_output(), Some(Output::Unsubscribe(unsubscribe)) if unsubscribe.id == "/a"));
}

#[test]
fn a_sent_message_keeps_its_headers_body_and_transaction() {
    let mut session = open(Version::V1_2);
    send(
        &mut session,
        "BEGIN\ntransaction:t\n\n\0SEND\ndestination:/a\ntransaction:t\ncust:f\\no\nreceipt:1\n\nbody\0",
    );
    assert!(matches!(session.poll_output(), Some(Output::Begin(begin)) if begin.id == "t"));
    let Some(Output::Send(message)) = session.poll_output() else {
        panic!("SEND is refused");
    };
    assert_eq!((message.destination.as_str(), message.transaction.as_deref()), ("/a", Some("t")));
    assert_eq!(message.headers.user_defined().collect::<Vec<_>>(), [("cust", "f\no")]);
    assert_eq!(message.body, "body");
    assert!(message.receipt.is_some());
}

#[test]
fn acknowledgements_name_messages_as_their_version_does() {
    let check = |version, text: &str, expected: AckTarget| {
        let mut session = open(version);
        send(&mut session, text);
        let Some(Output::Ack(found) | Output::Nack(found)) = session.poll_output() else {
            panic!("{text:?} is refused");
        };
        assert_eq!(found.target, expected, "{text:?}");
    };
    let message = |subscription: Option<&str>| AckTarget::Message {
        message_id: "7".to_owned(),
        subscription: subscription.map(str::to_owned),
    };
    check(Version::V1_2, "ACK\nid:7\n\n\0", AckTarget::Ack("7".to_owned()));
    check(Version::V1_2, "NACK\nid:7\n\n\0", AckTarget::Ack("7".to_owned()));
    check(Version::V1_1, "ACK\nmessage-id:7\nsubscription:0\n\n\0", message(Some("0")));
    check(Version::V1_1, "NACK\nmessage-id:7\nsubscription:0\n\n\0", message(Some("0")));
    check(Version::V1_0, "ACK\nmessage-id: 7\n\n\0", message(None));
}

#[test]
fn disconnect_closes_after_its_receipt() {
    let mut session = open(Version::V1_2);
    send(&mut session, "BEGIN\ntransaction:t\nreceipt:1\n\n\0DISCONNECT\nreceipt:77\n\n\0SEND\ndestination:/a\n\n\0");
    let earlier = receipt_of(session.poll_output());
    let last = receipt_of(session.poll_output());
    assert_eq!(session.poll_output(), None, "clients send no frame after DISCONNECT");
    session.complete(earlier.expect("the receipt is lost"));
    assert_eq!(transmitted(session.poll_output()), "RECEIPT\nreceipt-id:1\n\n\0");
    assert_eq!(session.poll_output(), None);
    session.complete(last.expect("the receipt is lost"));
    assert_eq!(transmitted(session.poll_output()), "RECEIPT\nreceipt-id:77\n\n\0");
    assert_eq!(session.poll_output(), Some(Output::Close(CloseReason::Disconnected)));
    assert_eq!(session.poll_output(), None);
}

#[test]
fn disconnect_without_receipt_closes_at_once() {
    let mut session = open(Version::V1_2);
    send(&mut session, "DISCONNECT\n\n\0SEND\ndestination:/a\n\n\0");
    assert_eq!(session.poll_output(), Some(Output::Disconnect { receipt: None }));
    assert_eq!(session.poll_output(), Some(Output::Close(CloseReason::Disconnected)));
    assert_eq!(session.poll_output(), None);
}

/// Ten thousand idle connections hold one session each.
#[test]
fn an_idle_session_is_small() {
    assert!(size_of::<Session>() <= 320, "{} bytes", size_of::<Session>());
    assert!(size_of::<Output>() <= 160, "{} bytes", size_of::<Output>());
}
