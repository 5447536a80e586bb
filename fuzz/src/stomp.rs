//! STOMP: the codec and the state machine.

use mockly_stomp::{
    Accept, Command, DecodeError, Decoder, Frame, Headers, HeartBeat, Input, Limits, Output, Receipt, Refusal, Session,
    Version, encode_frame,
};

use crate::cut::{pieces, sizes};

/// Small, so that short inputs reach the limits; what waits fits one frame and the largest piece, as it must.
const LIMITS: Limits = Limits {
    frame_bytes_max: 300,
    headers_max: 8,
    header_line_bytes_max: 80,
    buffered_bytes_max: 600,
    subscriptions_max: 3,
    transactions_max: 2,
    connect_timeout_ms: 1_000,
    heart_beat_grace_ms: 100,
};

/// Room for what escapes and a `content-length` add to a frame that was within [`LIMITS`].
const WIDER: Limits =
    Limits { frame_bytes_max: 1_000, headers_max: 9, header_line_bytes_max: 200, buffered_bytes_max: 1_200, ..LIMITS };

/// Any cuts give the same frames; what was decoded, encoded and decoded again is the same; the buffer keeps its bound.
pub(crate) fn frames(input: &[u8]) {
    let Some((version, input)) = input.split_first() else { return };
    let version = Version::ALL[usize::from(*version) % Version::ALL.len()];
    let (sizes, stream) = sizes(input);
    let whole = decode(LIMITS, version, stream, &[]);
    assert_eq!(decode(LIMITS, version, stream, &sizes), whole, "cuts changed the frames");
    for frame in whole.0.into_iter().filter(|frame| is_expressible(version, frame)) {
        let (again, error) = decode(WIDER, version, &encode_frame(version, &frame), &sizes);
        assert_eq!(error, None, "a frame that was read cannot be read as it is written: {frame:?}");
        assert_eq!(again.iter().map(without_length).collect::<Vec<_>>(), [without_length(&frame)]);
    }
}

/// Any cuts make a session do the same; one end, at the end; never more subscriptions than allowed.
pub(crate) fn session(input: &[u8]) {
    let Some((driver, input)) = input.split_first() else { return };
    let (sizes, stream) = sizes(input);
    let outputs = run(stream, &[], *driver);
    assert_eq!(run(stream, &sizes, *driver), outputs, "cuts changed what a session does");
    let closes = outputs.iter().filter(|output| matches!(output, Output::Close(_))).count();
    assert_eq!(closes, usize::from(matches!(outputs.last(), Some(Output::Close(_)))), "{outputs:?}");
}

fn decode(limits: Limits, version: Version, stream: &[u8], sizes: &[usize]) -> (Vec<Frame>, Option<DecodeError>) {
    let mut decoder = Decoder::new(limits);
    decoder.set_version(version);
    let mut frames = Vec::new();
    for piece in pieces(stream, sizes) {
        if let Err(error) = decoder.push(piece) {
            return (frames, Some(error));
        }
        assert!(decoder.buffer_bytes() <= limits.buffered_bytes_max, "{} bytes are held", decoder.buffer_bytes());
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

/// Not so is what is read and never written: NUL in a header, which would end the frame for others, and CR where there is
/// no escape for it.
fn is_expressible(version: Version, frame: &Frame) -> bool {
    let plain = matches!(frame.command, Command::Connect | Command::Stomp | Command::Connected);
    let escapes_cr = version == Version::V1_2 && !plain;
    let written = |text: &str| !text.contains('\0') && (escapes_cr || !text.contains('\r'));
    frame.headers.iter().all(|(name, value)| written(name) && written(value))
}

fn without_length(frame: &Frame) -> Frame {
    let headers: Headers = frame.headers.iter().filter(|(name, _)| *name != "content-length").collect();
    Frame { headers, ..frame.clone() }
}

/// What a session does under a driver that refuses the commands whose bit is set, and completes receipts at once.
fn run(stream: &[u8], sizes: &[usize], refused: u8) -> Vec<Output> {
    let mut session = Session::new(LIMITS, HeartBeat { send_ms: 100, receive_ms: 100 }, 0);
    let (mut outputs, mut subscribed) = (Vec::new(), 0_usize);
    for piece in pieces(stream, sizes) {
        session.input(1, Input::Bytes(piece));
        while let Some(mut output) = session.poll_output() {
            let refuses = |bit: u32| refused >> bit & 1 == 1;
            let (receipt, refuse) = match &mut output {
                Output::Connect(_) => {
                    if !refuses(0) {
                        session.accept(1, Accept::default());
                    }
                    (None, refuses(0))
                }
                Output::Subscribe(subscribe) => {
                    subscribed += 1;
                    (subscribe.receipt.take(), refuses(1))
                }
                Output::Unsubscribe(unsubscribe) => {
                    subscribed -= 1;
                    (unsubscribe.receipt.take(), false)
                }
                Output::Send(send) => (send.receipt.take(), refuses(2)),
                Output::Begin(transaction) | Output::Commit(transaction) | Output::Abort(transaction) => {
                    (transaction.receipt.take(), refuses(3))
                }
                Output::Disconnect { receipt } => (receipt.take(), false),
                _ => (None, false),
            };
            assert!(subscribed <= LIMITS.subscriptions_max, "{subscribed} subscriptions");
            answer(&mut session, receipt, refuse);
            outputs.push(output);
        }
    }
    outputs
}

fn answer(session: &mut Session, receipt: Option<Receipt>, refuse: bool) {
    if refuse {
        session.refuse(Refusal { code: "access-denied", detail: "No.", receipt: receipt.as_ref() });
    } else if let Some(receipt) = receipt {
        session.complete(receipt);
    }
}
