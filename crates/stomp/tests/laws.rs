//! Laws of the protocol: decoding undoes encoding, cuts do not matter, memory is bounded.

use bytes::Bytes;
use mockly_stomp::{
    Accept, Command, DecodeError, Decoder, Frame, Headers, HeartBeat, Input, Limits, Output, Session, Version,
    encode_frame,
};
use proptest::prelude::*;

const LIMITS: Limits = Limits {
    frame_bytes_max: 300,
    headers_max: 8,
    header_line_bytes_max: 80,
    buffered_bytes_max: 400,
    subscriptions_max: 3,
    transactions_max: 2,
    connect_timeout_ms: 1_000,
    heart_beat_grace_ms: 100,
};

/// Decodes a stream that comes in pieces whose sizes repeat.
fn decode(version: Version, bytes: &[u8], sizes: &[usize]) -> (Vec<Frame>, Option<DecodeError>, usize) {
    let mut decoder = Decoder::new(LIMITS);
    decoder.set_version(version);
    let (mut frames, mut most) = (Vec::new(), 0);
    for piece in pieces(bytes, sizes) {
        if let Err(error) = decoder.push(piece) {
            return (frames, Some(error), most);
        }
        most = most.max(decoder.buffer_bytes());
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error), most),
            }
        }
    }
    (frames, None, most)
}

fn pieces<'a>(mut bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut sizes = sizes.iter().copied().cycle();
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(sizes.next().unwrap_or(1).clamp(1, bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

fn any_version() -> impl Strategy<Value = Version> {
    prop::sample::select(Version::ALL.to_vec())
}

fn any_command() -> impl Strategy<Value = Command> {
    prop::sample::select(vec![
        Command::Connect,
        Command::Stomp,
        Command::Send,
        Command::Subscribe,
        Command::Unsubscribe,
        Command::Ack,
        Command::Nack,
        Command::Begin,
        Command::Commit,
        Command::Abort,
        Command::Disconnect,
        Command::Connected,
        Command::Message,
        Command::Receipt,
        Command::Error,
    ])
}

/// A frame that the version can express: no version has NUL in headers, 1.1 no CR, 1.0 and CONNECT no LF and no colon
/// in names either, and 1.0 strips spaces.
fn expressible(version: Version, command: Command) -> impl Strategy<Value = Frame> {
    let is_plain =
        version == Version::V1_0 || matches!(command, Command::Connect | Command::Stomp | Command::Connected);
    let (name, value) = match version {
        _ if is_plain => ("[a-z\\\\é]{1,5}", "([a-z:\\\\é]{1,5})?"),
        Version::V1_2 => ("[a-z:\\\\\r\n é]{1,5}", "[a-z:\\\\\r\n é]{0,6}"),
        _ => ("[a-z:\\\\\n é]{1,5}", "[a-z:\\\\\n é]{0,6}"),
    };
    let headers = prop::collection::vec((name, value), 0..5);
    let body = prop::collection::vec(any::<u8>(), if command.may_have_body() { 0..40 } else { 0..1 });
    (headers, body).prop_map(move |(headers, body)| Frame {
        command,
        headers: headers.into_iter().collect(),
        body: Bytes::from(body),
    })
}

fn expressible_frames() -> impl Strategy<Value = (Version, Vec<Frame>)> {
    (any_version(), prop::collection::vec(any_command(), 1..6)).prop_flat_map(|(version, commands)| {
        let frames: Vec<_> = commands.into_iter().map(|command| expressible(version, command)).collect();
        (Just(version), frames)
    })
}

/// Text that looks enough like STOMP to reach deep states, and breaks it often.
fn nearly_stomp() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        Just("CONNECT\naccept-version:1.2\n\n\0".to_owned()),
        Just("SEND\ndestination:/a\n\nbody\0".to_owned()),
        Just("SEND\ncontent-length:4\n\nbo\0y\0".to_owned()),
        Just("SUBSCRIBE\nid:1\ndestination:/a\nreceipt:r\n\n\0".to_owned()),
        Just("UNSUBSCRIBE\nid:1\n\n\0".to_owned()),
        Just("BEGIN\ntransaction:t\nreceipt:b\n\n\0".to_owned()),
        Just("COMMIT\ntransaction:t\n\n\0".to_owned()),
        Just("ACK\nid:1\n\n\0".to_owned()),
        Just("DISCONNECT\nreceipt:77\n\0".to_owned()),
        Just("x".repeat(90)),
        Just("a:b\n".repeat(9)),
        "[A-Zab:0-9\\\\\r\n\0é]{0,6}",
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
    ];
    let text = prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat().into_bytes());
    prop_oneof![9 => text, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

fn without_length(frame: &Frame) -> Frame {
    let headers: Headers = frame.headers.iter().filter(|(name, _)| *name != "content-length").collect();
    Frame { headers, ..frame.clone() }
}

/// Everything a session does with a stream, under a driver that accepts all and completes receipts at once.
fn run_session(bytes: &[u8], sizes: &[usize]) -> Vec<Output> {
    let mut session = Session::new(LIMITS, HeartBeat { send_ms: 100, receive_ms: 100 }, 0);
    let mut outputs = Vec::new();
    for piece in pieces(bytes, sizes) {
        session.input(1, Input::Bytes(piece));
        while let Some(mut output) = session.poll_output() {
            let receipt = match &mut output {
                Output::Connect(_) => {
                    session.accept(1, Accept::default());
                    None
                }
                Output::Subscribe(subscribe) => subscribe.receipt.take(),
                Output::Begin(transaction) => transaction.receipt.take(),
                Output::Disconnect { receipt } => receipt.take(),
                _ => None,
            };
            if let Some(receipt) = receipt {
                session.complete(receipt);
            }
            outputs.push(output);
        }
    }
    outputs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decoding_undoes_encoding((version, frames) in expressible_frames(), sizes in prop::collection::vec(1..50_usize, 1..6)) {
        let bytes: Vec<u8> = frames.iter().flat_map(|frame| encode_frame(version, frame)).collect();
        let (decoded, error, _) = decode(version, &bytes, &sizes);
        prop_assert_eq!(error, None);
        prop_assert_eq!(decoded.iter().map(without_length).collect::<Vec<_>>(), frames);
    }

    /// Whatever a header holds, its frame is read as one frame with as many headers.
    #[test]
    fn no_header_can_forge_another(version in any_version(), name in "\\PC{1,5}|[\0\r\n:a]{1,5}", value in "[\0\r\n:\\\\a ]{0,20}") {
        let headers: Headers = [(name.as_str(), value.as_str()), ("last", "1")].into_iter().collect();
        let frame = Frame { command: Command::Message, headers, body: Bytes::from_static(b"x") };
        let (decoded, error, _) = decode(version, &encode_frame(version, &frame), &[1_000]);
        prop_assert_eq!(error, None);
        prop_assert_eq!(decoded.len(), 1);
        // The two, and content-length.
        prop_assert_eq!(decoded.first().map(|frame| frame.headers.len()), Some(3));
    }

    #[test]
    fn cuts_do_not_change_frames(version in any_version(), bytes in nearly_stomp(), sizes in prop::collection::vec(1..50_usize, 1..6)) {
        let (frames, error, _) = decode(version, &bytes, &[1]);
        let (cut_frames, cut_error, _) = decode(version, &bytes, &sizes);
        prop_assert_eq!((frames, error), (cut_frames, cut_error));
    }

    #[test]
    fn cuts_do_not_change_what_a_session_does(bytes in nearly_stomp(), sizes in prop::collection::vec(1..50_usize, 1..6)) {
        let connected = [b"CONNECT\naccept-version:1.2\nheart-beat:5,5\n\n\0".as_slice(), &bytes].concat();
        for bytes in [bytes, connected] {
            prop_assert_eq!(run_session(&bytes, &[1]), run_session(&bytes, &sizes));
        }
    }

    #[test]
    fn close_is_the_last_output_and_follows_every_error(bytes in nearly_stomp()) {
        let outputs = run_session(&bytes, &[40]);
        let closes = outputs.iter().filter(|output| matches!(output, Output::Close(_))).count();
        prop_assert!(closes <= 1);
        prop_assert_eq!(closes == 1, matches!(outputs.last(), Some(Output::Close(_))));
        let errors = outputs.iter().filter(|output| matches!(output, Output::Transmit(bytes) if bytes.starts_with(b"ERROR")));
        prop_assert!(errors.count() <= closes);
    }

    #[test]
    fn the_buffer_stays_within_its_limit(version in any_version(), bytes in nearly_stomp(), sizes in prop::collection::vec(1..400_usize, 1..6)) {
        let (_, _, most) = decode(version, &bytes, &sizes);
        prop_assert!(most <= LIMITS.buffered_bytes_max, "{} bytes", most);
    }
}

/// Endless frames, lines and headers each end in an error before the buffer is full.
#[test]
fn endless_input_is_cut_off() {
    for (start, piece) in
        [("", "x"), ("SEND\n", "x"), ("SEND\n", "a:b\n"), ("SEND\n\n", "x"), ("SEND\ncontent-length:9\n\n", "x")]
    {
        let endless = format!("{start}{}", piece.repeat(10_000));
        let (frames, error, most) = decode(Version::V1_2, endless.as_bytes(), &[7]);
        assert!(frames.is_empty() && error.is_some(), "{start:?} {piece:?}");
        assert!(most <= LIMITS.buffered_bytes_max, "{most} bytes for {start:?} {piece:?}");
    }
}
