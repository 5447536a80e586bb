//! The decoder on examples of the specifications, and one test for each choice of strictness.

use bytes::Bytes;
use mockly_stomp::{Command, DecodeError, Decoder, Frame, Headers, Limits, Version};

const LIMITS: Limits = Limits {
    frame_bytes_max: 200,
    headers_max: 4,
    header_line_bytes_max: 60,
    buffered_bytes_max: 400,
    subscriptions_max: 2,
    transactions_max: 2,
    connect_timeout_ms: 1_000,
    heart_beat_grace_ms: 100,
};

fn frame(command: Command, headers: &[(&str, &str)], body: &'static str) -> Frame {
    let headers: Headers = headers.iter().copied().collect();
    Frame { command, headers, body: Bytes::from_static(body.as_bytes()) }
}

fn decode(version: Version, bytes: &[u8]) -> Result<Vec<Frame>, DecodeError> {
    let mut decoder = Decoder::new(LIMITS);
    decoder.set_version(version);
    decoder.push(bytes)?;
    let mut frames = Vec::new();
    while let Some(frame) = decoder.next_frame()? {
        frames.push(frame);
    }
    Ok(frames)
}

#[track_caller]
fn check(version: Version, text: &str, expected: Result<&[Frame], DecodeError>) {
    assert_eq!(decode(version, text.as_bytes()), expected.map(<[Frame]>::to_vec), "{text:?} in {version}");
}

#[test]
fn the_examples_of_the_specification_are_read() {
    let connect = frame(Command::Connect, &[("accept-version", "1.2"), ("host", "stomp.github.org")], "");
    check(Version::V1_2, "CONNECT\naccept-version:1.2\nhost:stomp.github.org\n\n\0", Ok(&[connect]));
    let send = frame(Command::Send, &[("destination", "/queue/a"), ("content-type", "text/plain")], "hello queue a\n");
    check(Version::V1_2, "SEND\ndestination:/queue/a\ncontent-type:text/plain\n\nhello queue a\n\0", Ok(&[send]));
    let subscribe = frame(Command::Subscribe, &[("id", "0"), ("destination", "/queue/foo"), ("ack", "client")], "");
    check(Version::V1_2, "SUBSCRIBE\nid:0\ndestination:/queue/foo\nack:client\n\n\0", Ok(&[subscribe]));
    let ack = frame(Command::Ack, &[("id", "12345"), ("transaction", "tx1")], "");
    check(Version::V1_2, "ACK\nid:12345\ntransaction:tx1\n\n\0", Ok(&[ack]));
    let begin = frame(Command::Begin, &[("transaction", "tx1")], "");
    check(Version::V1_2, "BEGIN\ntransaction:tx1\n\n\0", Ok(&[begin]));
}

/// The section "DISCONNECT" prints its example without the blank line that the BNF wants.
#[test]
fn the_example_of_disconnect_is_read_as_printed() {
    let disconnect = frame(Command::Disconnect, &[("receipt", "77")], "");
    check(Version::V1_2, "DISCONNECT\nreceipt:77\n\0", Ok(std::slice::from_ref(&disconnect)));
    check(Version::V1_2, "DISCONNECT\nreceipt:77\n\n\0", Ok(&[disconnect]));
    check(Version::V1_2, "SEND\ndestination:/a\n\0", Err(DecodeError::NulInHead { line: 3 }));
}

#[test]
fn version_1_0_strips_the_padding_of_its_examples() {
    let text = "SUBSCRIBE\ndestination: /queue/foo\nack: client\n\n\0";
    let trimmed = frame(Command::Subscribe, &[("destination", "/queue/foo"), ("ack", "client")], "");
    check(Version::V1_0, text, Ok(&[trimmed]));
    let padded = frame(Command::Subscribe, &[("destination", " /queue/foo"), ("ack", " client")], "");
    check(Version::V1_1, text, Ok(std::slice::from_ref(&padded)));
    check(Version::V1_2, text, Ok(&[padded]));
}

#[test]
fn line_ends_between_frames_are_heart_beats() {
    let begin = frame(Command::Begin, &[("transaction", "a")], "");
    check(
        Version::V1_2,
        "\n\r\n\nBEGIN\ntransaction:a\n\n\0\n\n\r\nBEGIN\ntransaction:a\n\n\0\r",
        Ok(&[begin.clone(), begin]),
    );
    check(Version::V1_2, "\n\r", Ok(&[]));
    check(Version::V1_2, "\r\r\n", Err(DecodeError::StrayCarriageReturn));
}

#[test]
fn lines_may_end_with_carriage_return_and_line_feed() {
    for version in Version::ALL {
        let send = frame(Command::Send, &[("destination", "/a"), ("x", "")], "b\r\n");
        check(version, "SEND\r\ndestination:/a\r\nx:\r\n\r\nb\r\n\0", Ok(&[send]));
    }
}

/// Section "Augmented BNF" excludes CR from header text in 1.2; older versions know LF only.
#[test]
fn a_carriage_return_inside_a_line_is_an_error_in_1_2() {
    let text = "SEND\ndestination:/a\rb\n\n\0";
    let send = frame(Command::Send, &[("destination", "/a\rb")], "");
    check(Version::V1_0, text, Ok(std::slice::from_ref(&send)));
    check(Version::V1_1, text, Ok(&[send]));
    check(Version::V1_2, text, Err(DecodeError::StrayCarriageReturn));
}

#[test]
fn escape_sequences_are_those_of_the_version() {
    let text = "SEND\ndestination:a\\cb\\n\\\\\n\n\0";
    check(Version::V1_0, text, Ok(&[frame(Command::Send, &[("destination", "a\\cb\\n\\\\")], "")]));
    check(Version::V1_1, text, Ok(&[frame(Command::Send, &[("destination", "a:b\n\\")], "")]));
    check(Version::V1_2, text, Ok(&[frame(Command::Send, &[("destination", "a:b\n\\")], "")]));
    check(Version::V1_2, "SEND\nx\\cy:\\r\n\n\0", Ok(&[frame(Command::Send, &[("x:y", "\r")], "")]));
    let undefined = |version| Err(DecodeError::UndefinedEscape { line: 2, version });
    check(Version::V1_1, "SEND\nx:\\r\n\n\0", undefined(Version::V1_1));
    check(Version::V1_2, "SEND\nx:\\t\n\n\0", undefined(Version::V1_2));
    check(Version::V1_2, "SEND\nx:\\\n\n\0", undefined(Version::V1_2));
    check(Version::V1_2, "CONNECT\nx:\\t\\c\n\n\0", Ok(&[frame(Command::Connect, &[("x", "\\t\\c")], "")]));
}

#[test]
fn repeated_headers_are_kept_and_the_first_counts() {
    let frames = decode(Version::V1_2, b"MESSAGE\nfoo:World\nfoo:Hello\n\n\0");
    let foo = frames.as_ref().ok().and_then(|frames| frames.first()).and_then(|frame| frame.headers.find("foo"));
    assert_eq!(foo, Some("World"));
}

/// Clients put unescaped colons into values, and only the first one can end the name.
#[test]
fn a_value_may_hold_colons() {
    check(Version::V1_2, "SEND\na:b:c\n\n\0", Ok(&[frame(Command::Send, &[("a", "b:c")], "")]));
}

#[test]
fn content_length_is_exact() {
    let send = |length, body| frame(Command::Send, &[("content-length", length)], body);
    check(Version::V1_2, "SEND\ncontent-length:3\n\na\0b\0", Ok(&[send("3", "a\0b")]));
    check(Version::V1_2, "SEND\ncontent-length:0\n\n\0", Ok(&[send("0", "")]));
    check(Version::V1_2, "SEND\ncontent-length:003\n\nabc\0", Ok(&[send("003", "abc")]));
    check(Version::V1_2, "SEND\ncontent-length:4\n\nabc\0", Ok(&[]));
    check(Version::V1_2, "SEND\ncontent-length:2\n\nabc\0", Err(DecodeError::WrongContentLength { length: 2 }));
    check(Version::V1_2, "SEND\ncontent-length:5\n\nabc\0\nSEND\n", Err(DecodeError::WrongContentLength { length: 5 }));
    for malformed in ["", "-1", "+1", "1 ", "0x1", "1.0", "a"] {
        let text = format!("SEND\ncontent-length:{malformed}\n\n\0");
        check(Version::V1_2, &text, Err(DecodeError::InvalidContentLength));
    }
    let too_large = Err(DecodeError::FrameTooLarge { max: 200 });
    check(Version::V1_2, "SEND\ncontent-length:99999999999999999999999\n\n", too_large.clone());
    check(Version::V1_2, "SEND\ncontent-length:200\n\n", too_large);
}

/// Without content-length the first NUL ends the body; what follows a NUL inside it is then no command.
#[test]
fn a_body_with_nul_needs_content_length() {
    let error = decode(Version::V1_2, b"SEND\ndestination:/a\n\na\0b c\n\n\0");
    assert_eq!(error, Err(DecodeError::UnknownCommand { command: None }));
    let text = error.map_or_else(|error| error.to_string(), |_| String::new());
    assert!(text.contains("content-length"), "{text}");
}

#[test]
fn only_three_commands_may_have_a_body() {
    for command in ["CONNECT", "STOMP", "SUBSCRIBE", "ACK", "BEGIN", "DISCONNECT", "RECEIPT"] {
        check(Version::V1_2, &format!("{command}\n\nx"), Err(DecodeError::BodyNotAllowed { command }));
        let announced = format!("{command}\ncontent-length:1\n\n");
        check(Version::V1_1, &announced, Err(DecodeError::BodyNotAllowed { command }));
    }
    check(Version::V1_2, "ERROR\n\nx\0", Ok(&[frame(Command::Error, &[], "x")]));
    // STOMP 1.0: "The body of the SUBSCRIBE command is ignored."
    check(Version::V1_0, "SUBSCRIBE\n\nx\0", Ok(&[frame(Command::Subscribe, &[], "")]));
    check(Version::V1_0, "CONNECT\n\nx\0", Err(DecodeError::BodyNotAllowed { command: "CONNECT" }));
}

#[test]
fn malformed_frames_are_errors() {
    let unknown = |command: Option<&str>| Err(DecodeError::UnknownCommand { command: command.map(str::to_owned) });
    check(Version::V1_2, "HELLO\n", unknown(Some("HELLO")));
    check(Version::V1_2, "send\n", unknown(Some("send")));
    check(Version::V1_2, " SEND\n", unknown(None));
    check(Version::V1_2, "GET /ws?token=s3cret HTTP/1.1\r\n", unknown(None));
    check(Version::V1_2, "\0", Err(DecodeError::NulInHead { line: 1 }));
    check(Version::V1_2, "SEND\0", Err(DecodeError::NulInHead { line: 1 }));
    check(Version::V1_2, "SEND\na:\0\n\n\0", Err(DecodeError::NulInHead { line: 2 }));
    check(Version::V1_2, "SEND\na\n\n\0", Err(DecodeError::MissingColon { line: 2 }));
    check(Version::V1_2, "SEND\na:b\n:b\n\n\0", Err(DecodeError::EmptyHeaderName { line: 3 }));
    assert_eq!(decode(Version::V1_2, b"SEND\na:\xff\n\n\0"), Err(DecodeError::InvalidUtf8 { line: 2 }));
    assert_eq!(decode(Version::V1_2, b"S\xffND\n"), Err(DecodeError::UnknownCommand { command: None }));
}

#[test]
fn limits_hold_to_the_byte() {
    let line = |length: usize| format!("SEND\na:{}\r\n\n\0", "x".repeat(length - 2));
    assert!(decode(Version::V1_2, line(60).as_bytes()).is_ok());
    check(Version::V1_2, &line(61), Err(DecodeError::LineTooLong { max: 60 }));
    check(Version::V1_2, &"S".repeat(62), Err(DecodeError::LineTooLong { max: 60 }));

    let headers = |count: usize| format!("SEND\n{}\n\0", "a:b\n".repeat(count));
    assert!(decode(Version::V1_2, headers(4).as_bytes()).is_ok());
    check(Version::V1_2, &headers(5), Err(DecodeError::TooManyHeaders { max: 4 }));

    let body = |total: usize| format!("SEND\n\n{}\0", "x".repeat(total - 7));
    assert!(decode(Version::V1_2, body(200).as_bytes()).is_ok());
    let too_large = Err(DecodeError::FrameTooLarge { max: 200 });
    check(Version::V1_2, &body(201), too_large.clone());
    check(Version::V1_2, body(201).trim_end_matches('\0'), too_large);

    assert_eq!(Decoder::new(LIMITS).push(&[b'\n'; 400]), Ok(()));
    assert_eq!(Decoder::new(LIMITS).push(&[b'\n'; 401]), Err(DecodeError::InputOverflow { max: 400 }));
}

#[test]
fn an_error_is_final() {
    let mut decoder = Decoder::new(LIMITS);
    let error = Err(DecodeError::UnknownCommand { command: Some("NO".to_owned()) });
    assert_eq!(decoder.push(b"NO\n"), Ok(()));
    assert_eq!(decoder.next_frame(), error);
    assert_eq!(decoder.push(b"SEND\n\n\0"), Ok(()));
    assert_eq!(decoder.next_frame(), error);
    assert_eq!(decoder.buffer_bytes(), 0);
}

#[test]
fn an_idle_decoder_owns_no_buffer() {
    let mut decoder = Decoder::new(LIMITS);
    assert_eq!(decoder.push(b"SEND\n\nbody\0\n\n"), Ok(()));
    assert!(decoder.buffer_bytes() > 0);
    assert!(decoder.next_frame().is_ok_and(|frame| frame.is_some()));
    assert_eq!(decoder.next_frame(), Ok(None));
    assert_eq!(decoder.buffer_bytes(), 0);
}
