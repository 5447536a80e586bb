//! Sessions for tests, and short ways to feed and read them.

use mockly_stomp::{Accept, HeartBeat, Input, Limits, Output, Receipt, Session, Version};

pub(crate) const LIMITS: Limits = Limits {
    frame_bytes_max: 400,
    headers_max: 8,
    header_line_bytes_max: 80,
    buffered_bytes_max: 500,
    subscriptions_max: 2,
    transactions_max: 2,
    connect_timeout_ms: 5_000,
    heart_beat_grace_ms: 100,
};

pub(crate) const OFFER: HeartBeat = HeartBeat { send_ms: 1_000, receive_ms: 2_000 };

/// A session that is open since time 0, with the heart-beats of [`OFFER`] where the version has them.
pub(crate) fn open(version: Version) -> Session {
    let mut session = Session::new(LIMITS, OFFER, 0);
    send(&mut session, &format!("CONNECT\naccept-version:{version}\nheart-beat:1,1\n\n\0"));
    drain(&mut session);
    session.accept(0, Accept::default());
    drain(&mut session);
    session
}

pub(crate) fn send(session: &mut Session, text: &str) {
    session.input(0, Input::Bytes(text.as_bytes()));
}

pub(crate) fn drain(session: &mut Session) -> Vec<Output> {
    std::iter::from_fn(|| session.poll_output()).collect()
}

/// The text of an [`Output::Transmit`]; anything else is shown, for the assertion to fail on.
pub(crate) fn transmitted(output: Option<Output>) -> String {
    match output {
        Some(Output::Transmit(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        other => format!("{other:?}"),
    }
}

pub(crate) fn receipt_of(output: Option<Output>) -> Option<Receipt> {
    match output? {
        Output::Subscribe(subscribe) => subscribe.receipt,
        Output::Begin(transaction) => transaction.receipt,
        Output::Disconnect { receipt } => receipt,
        _ => None,
    }
}
