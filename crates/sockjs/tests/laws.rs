//! The laws of the crate under generated input: what is encoded decodes to itself, and memory stays in its bounds
//! whatever happens in whichever order.

#![expect(clippy::expect_used, reason = "the helpers of these tests fail by panicking, as assertions do")]

use mockly_sockjs::{
    Callback, Delivery, Disconnect, EncodedMessage, Input, Limits, Output, ProtocolSession, Receiver, ReceiverKind,
    frame, path, payload,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Any Unicode, and often what must be escaped.
fn text() -> impl Strategy<Value = String> {
    let troublesome = proptest::char::ranges(std::borrow::Cow::Borrowed(&[
        '\0'..='\u{1f}',
        '"'..='"',
        '\\'..='\\',
        '\u{200b}'..='\u{2070}',
        '\u{ffef}'..='\u{10000}',
    ]));
    vec(prop_oneof![any::<char>(), troublesome], 0..40).prop_map(String::from_iter)
}

/// The frame in a chunk of any transport, read as a client reads it; what precedes the frames has none.
fn frame_of(chunk: &[u8]) -> Vec<u8> {
    let between = |before: &[u8], after: &[u8]| chunk.strip_prefix(before)?.strip_suffix(after);
    let script = between(b"<script>\np(", b");\n</script>\r\n").or_else(|| between(b"/**/c(", b");\r\n"));
    if let Some(json) = script {
        assert!(!json.contains(&b'<'), "nothing of a message is markup");
        return serde_json::from_slice::<String>(json).expect("a string").into_bytes();
    }
    let plain = between(b"data: ", b"\r\n\r\n").or_else(|| between(b"", b"\n"));
    plain.expect("chunks end with a new line").to_vec()
}

/// What ends a chunk of this transport, for one who sees only the stream of bytes.
fn delimiter(kind: &ReceiverKind) -> &'static [u8] {
    match kind {
        ReceiverKind::Xhr | ReceiverKind::XhrStreaming => b"\n",
        ReceiverKind::EventSource => b"\r\n\r\n",
        ReceiverKind::HtmlFile(_) => b"</script>\r\n",
        ReceiverKind::Jsonp(_) => b"\r\n",
    }
}

/// The messages of an array frame, read as a client reads them.
fn messages_of(frame: &[u8]) -> Vec<String> {
    let array = frame.strip_prefix(b"a").expect("an array frame");
    payload::decode_body(array, &Limits::default()).expect("a valid array")
}

proptest! {
    #[test]
    fn decode_is_the_inverse_of_encode(texts in vec(text(), 0..8)) {
        let together = frame::encode_message_array(texts.iter().map(String::as_str));
        prop_assert_eq!(&messages_of(&together), &texts);
        let messages: Vec<_> = texts.iter().map(|text| EncodedMessage::new(text)).collect();
        prop_assert_eq!(frame::join_messages(&messages), together);
        for (message, text) in messages.iter().zip(&texts) {
            prop_assert_eq!(messages_of(message.frame()), [text.as_str()]);
            let json = std::str::from_utf8(message.json()).expect("frames are UTF-8");
            prop_assert_eq!(payload::decode_websocket(json, &Limits::default()), Ok(vec![text.clone()]));
        }
    }

    /// However the network splits a response, its frames are told apart by what ends them and by nothing else.
    #[test]
    fn no_frame_has_in_it_what_ends_it(kind in kind(), texts in vec(text(), 1..8), code in any::<u16>()) {
        let mut frames = vec![frame::OPEN.as_bytes().to_vec(), frame::HEARTBEAT.as_bytes().to_vec()];
        frames.extend(texts.iter().map(|text| EncodedMessage::new(text).frame().to_vec()));
        frames.push(frame::encode_message_array(texts.iter().map(String::as_str)).to_vec());
        frames.push(Disconnect::new(code, texts.concat()).frame().to_vec());
        let end = delimiter(&kind);
        let mut read = Vec::new();
        let mut unread = Vec::new();
        for byte in frames.iter().flat_map(|frame| kind.wrap(frame.clone())) {
            unread.push(byte);
            if unread.ends_with(end) {
                read.push(frame_of(&std::mem::take(&mut unread)));
            }
        }
        prop_assert!(unread.is_empty());
        prop_assert_eq!(read, frames);
    }

    #[test]
    fn the_troublesome_code_points_never_travel_raw(text in text()) {
        let message = EncodedMessage::new(&text);
        let json = std::str::from_utf8(message.json()).expect("frames are UTF-8");
        let is_raw = |c| matches!(c, '\0'..='\u{1f}' | '\u{200c}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
            | '\u{2060}'..='\u{206f}' | '\u{fff0}'..='\u{ffff}');
        prop_assert!(!json.contains(is_raw));
    }

    #[test]
    fn close_frames_are_json(code in any::<u16>(), reason in text()) {
        let frame = Disconnect::new(code, reason.clone()).frame();
        let pair: (u16, String) = serde_json::from_slice(&frame[1..]).expect("a pair after the letter");
        prop_assert_eq!(pair, (code, reason));
    }

    #[test]
    fn no_payload_breaks_the_decoder(body in vec(any::<u8>(), 0..200), text in "[\\[\\]\",a{}:0-9 \\\\u]{0,60}") {
        let limits = Limits { payload_bytes_max: 150, payload_messages_max: 4, ..Limits::default() };
        for messages in [
            payload::decode_body(&body, &limits),
            payload::decode_body(text.as_bytes(), &limits),
            payload::decode_websocket(&text, &limits),
        ].into_iter().flatten() {
            prop_assert!(messages.len() <= 4);
            prop_assert!(messages.iter().map(String::len).sum::<usize>() <= 150);
        }
    }

    #[test]
    fn no_path_breaks_the_parser(path in "[/a-z.%_é-]{0,40}") {
        if let Some(path::Endpoint::Transport { server_id, sid, transport }) = path::parse(&path, &Limits::default()) {
            prop_assert_eq!(format!("/{server_id}/{sid}/{}", transport.as_str()), path);
        }
    }
}

/// One thing that happens to a session.
#[derive(Debug, Clone)]
enum Step {
    Attach(ReceiverKind),
    Poll(usize),
    Detach(usize),
    Send(usize),
    Receive,
    Close,
    Wait(u64),
}

fn kind() -> impl Strategy<Value = ReceiverKind> {
    let callback = || Callback::parse(Some("c")).expect("a name");
    prop_oneof![
        Just(ReceiverKind::Xhr),
        Just(ReceiverKind::XhrStreaming),
        Just(ReceiverKind::EventSource),
        Just(ReceiverKind::HtmlFile(callback())),
        Just(ReceiverKind::Jsonp(callback())),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => kind().prop_map(Step::Attach),
        8 => (0..3_usize).prop_map(Step::Poll),
        1 => (0..3_usize).prop_map(Step::Detach),
        6 => (0..600_usize).prop_map(Step::Send),
        1 => Just(Step::Receive),
        1 => prop::bool::weighted(0.2).prop_map(|close| if close { Step::Close } else { Step::Receive }),
        3 => (0..9_000_u64).prop_map(Step::Wait),
    ]
}

/// What a client and a driver see of the session, and the promises it is checked against at each step.
struct Observer {
    session: ProtocolSession,
    limits: Limits,
    now: u64,
    receivers: Vec<Receiver>,
    sent: Vec<String>,
    fetched: Vec<String>,
    opened: usize,
    forgotten: bool,
}

impl Observer {
    fn apply(&mut self, step: Step) {
        match step {
            Step::Attach(kind) => {
                let receiver = self.session.attach(self.now, kind);
                self.receivers.push(receiver);
            }
            Step::Poll(index) => self.poll(index),
            Step::Detach(index) if index < self.receivers.len() => {
                let mut receiver = self.receivers.remove(index);
                self.session.detach(self.now, &mut receiver);
                assert_eq!(self.session.poll_receiver(self.now, &mut receiver), Delivery::End);
            }
            Step::Detach(_) => {}
            Step::Send(length) => {
                let text = format!("{}-{}", self.sent.len(), "x".repeat(length));
                self.session.input(self.now, Input::Send(EncodedMessage::new(&text)));
                if self.session.is_open() {
                    self.sent.push(text);
                }
            }
            Step::Receive => self.session.input(self.now, Input::Received(vec!["in".to_owned()])),
            Step::Close => self.session.input(self.now, Input::Close(Disconnect::GO_AWAY)),
            Step::Wait(duration) => {
                self.now += duration;
                self.session.input(self.now, Input::Timeout);
            }
        }
        self.check();
    }

    fn poll(&mut self, index: usize) {
        let Some(receiver) = self.receivers.get_mut(index) else { return };
        let Delivery::Chunk(chunk) = self.session.poll_receiver(self.now, receiver) else { return };
        let frame = frame_of(&chunk);
        match frame.first() {
            Some(b'a') => {
                let messages = messages_of(&frame);
                let bound = self.limits.response_bytes_max + 2;
                assert!(messages.len() == 1 || frame.len() <= bound, "a joined frame keeps the response limit");
                self.fetched.extend(messages);
                assert_eq!(self.opened, 1, "the open frame comes first");
            }
            Some(b'o') => self.opened += 1,
            _ => {}
        }
    }

    fn check(&mut self) {
        assert!(self.session.queued_bytes() <= self.limits.queue_bytes_max);
        assert!(self.opened <= 1);
        assert!(self.sent.starts_with(&self.fetched), "in order, at most once");
        while let Some(output) = self.session.poll_output() {
            assert!(!self.forgotten, "forgetting is the last output");
            self.forgotten = output == Output::Forget;
        }
        assert_eq!(self.forgotten, self.session.next_deadline().is_none());
    }
}

proptest! {
    #[test]
    fn a_session_keeps_its_promises(steps in vec(step(), 0..120)) {
        let limits = Limits { queue_bytes_max: 2_000, response_bytes_max: 700, ..Limits::default() };
        let (session, first) = ProtocolSession::open(0, ReceiverKind::XhrStreaming, limits);
        let (sent, fetched) = (Vec::new(), Vec::new());
        let receivers = vec![first];
        let mut observer = Observer { session, limits, now: 0, receivers, sent, fetched, opened: 0, forgotten: false };
        for step in steps {
            observer.apply(step);
        }
        // Whatever has happened, a session that nobody serves any more is forgotten in bounded time.
        for _ in 0..4 {
            observer.apply(Step::Wait(25_000));
        }
        prop_assert!(observer.forgotten);
    }
}
