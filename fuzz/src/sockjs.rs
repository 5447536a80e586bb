//! SockJS: what clients send, where they send it, and the session of the HTTP transports.

use mockly_sockjs::{
    Delivery, Disconnect, EncodedMessage, Endpoint, Input, Limits, Output, ProtocolSession, ReceiverKind, frame, path,
    payload,
};

/// Small, so that short inputs reach the limits.
fn limits() -> Limits {
    Limits {
        payload_bytes_max: 400,
        payload_messages_max: 4,
        queue_bytes_max: 2_000,
        response_bytes_max: 700,
        id_bytes_max: 16,
        ..Limits::default()
    }
}

/// Within the limits, and what was decoded, encoded and decoded again is the same; a path says what it was read as.
pub(crate) fn payload(input: &[u8]) {
    let limits = limits();
    let mut decoded: Vec<_> = payload::decode_body(input, &limits).into_iter().collect();
    if let Ok(text) = std::str::from_utf8(input) {
        decoded.extend(payload::decode_websocket(text, &limits));
        if let Some(Endpoint::Transport { server_id, sid, transport }) = path::parse(text, &limits) {
            assert_eq!(format!("/{server_id}/{sid}/{}", transport.as_str()), text);
        }
        // What we encode, a client reads.
        decoded.push(vec![text.to_owned()]);
    }
    for messages in decoded {
        assert!(messages.len() <= limits.payload_messages_max);
        assert!(messages.iter().map(String::len).sum::<usize>() <= input.len());
        let encoded = frame::encode_message_array(messages.iter().map(String::as_str));
        let array = encoded.strip_prefix(b"a").unwrap_or_default();
        assert_eq!(payload::decode_body(array, &Limits::default()), Ok(messages));
    }
}

/// In any order of events: the queue keeps its bound, messages arrive in order and at most once, the open frame comes
/// once and first, and nothing follows the end.
pub(crate) fn session(input: &[u8]) {
    let limits = limits();
    let (mut session, first) = ProtocolSession::open(0, ReceiverKind::XhrStreaming, limits);
    let (mut receivers, mut now, mut forgotten) = (vec![first], 0, false);
    let (mut sent, mut fetched, mut opened) = (Vec::new(), Vec::new(), 0);
    for step in input.chunks_exact(2) {
        let (what, how) = (step[0], step[1]);
        let which = usize::from(how) % receivers.len().max(1);
        match what % 8 {
            0 if receivers.len() < 4 => receivers.push(session.attach(now, ReceiverKind::Xhr)),
            1 if receivers.len() < 4 => receivers.push(session.attach(now, ReceiverKind::XhrStreaming)),
            2 if !receivers.is_empty() => session.detach(now, &mut receivers.remove(which)),
            3 => {
                let text = format!("{}-{}", sent.len(), "x".repeat(usize::from(how) * 4));
                session.input(now, Input::Send(EncodedMessage::new(&text)));
                if session.is_open() {
                    sent.push(text);
                }
            }
            4 => session.input(now, Input::Received(vec!["in".to_owned()])),
            5 if how == 0 => session.input(now, Input::Close(Disconnect::GO_AWAY)),
            6 => {
                now += u64::from(how) * 128;
                session.input(now, Input::Timeout);
            }
            _ => {
                if let Some(receiver) = receivers.get_mut(which)
                    && let Delivery::Chunk(chunk) = session.poll_receiver(now, receiver)
                {
                    assert_eq!(chunk.last(), Some(&b'\n'), "a chunk without its end: {chunk:?}");
                    match chunk.split_first() {
                        Some((b'a', array)) => {
                            fetched.extend(payload::decode_body(array, &Limits::default()).unwrap_or_default());
                            assert_eq!(opened, 1, "messages before the open frame");
                        }
                        Some((b'o', _)) => opened += 1,
                        _ => {}
                    }
                }
            }
        }
        assert!(session.queued_bytes() <= limits.queue_bytes_max, "{} bytes wait", session.queued_bytes());
        assert!(opened <= 1 && sent.starts_with(&fetched), "sent {sent:?}, fetched {fetched:?}");
        while let Some(output) = session.poll_output() {
            assert!(!forgotten, "{output:?} after the end");
            forgotten = output == Output::Forget;
        }
    }
}
