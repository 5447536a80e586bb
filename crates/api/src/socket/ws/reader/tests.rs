//! The reader against RFC 6455: what is read, at any split, and what is refused with which code.

use super::*;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = header(first, payload.len() as u64);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    out
}

fn header(first: u8, length: u64) -> Vec<u8> {
    let mut out = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..=125), _) => out.push(MASKED + short),
        (_, Ok(medium)) => {
            out.push(MASKED + 126);
            out.extend(medium.to_be_bytes());
        }
        _ => {
            out.push(MASKED + 127);
            out.extend(length.to_be_bytes());
        }
    }
    out.extend(MASK);
    out
}

fn read_in(pieces: usize, wire: &[u8]) -> (Vec<Event>, Option<u16>) {
    let mut reader = FrameReader::new(1024);
    let mut events = Vec::new();
    for mut piece in wire.chunks(pieces.max(1)) {
        loop {
            match reader.read(&mut piece) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(violation) => return (events, Some(violation.code)),
            }
        }
        assert!(piece.is_empty());
    }
    (events, None)
}

/// The same wire must give the same events and the same refusal however it is cut.
fn check(wire: &[u8], events: &[Event], refused: Option<u16>) {
    for pieces in [1, 2, 3, 5, 7, 64, wire.len()] {
        let (read, code) = read_in(pieces, wire);
        assert_eq!((&read[..], code), (events, refused), "in pieces of {pieces}");
    }
}

fn text(text: &str) -> Event {
    Event::Text(text.to_owned())
}

#[test]
fn messages_and_control_frames_are_read() {
    check(&frame(0x81, b"Hello"), &[text("Hello")], None);
    check(&frame(0x82, &[0xff; 300]), &[Event::Binary(vec![0xff; 300])], None);
    check(&frame(0x81, b""), &[text("")], None);
    check(&frame(0x89, b"ping"), &[Event::Ping(b"ping".to_vec())], None);
    check(&frame(0x8a, b"pong"), &[Event::Pong], None);
    check(&frame(0x88, b""), &[Event::Close(None)], None);
    check(&frame(0x88, b"\x03\xe8bye"), &[Event::Close(Some(1000))], None);
}

#[test]
fn fragments_make_one_message_with_control_frames_between_them() {
    let wire =
        [frame(0x01, b"a\xc5"), frame(0x89, b"p"), frame(0x00, b"\xbc"), frame(0x80, b"b"), frame(0x81, b"next")];
    check(&wire.concat(), &[Event::Ping(b"p".to_vec()), text("ażb"), text("next")], None);
    check(&[frame(0x02, b""), frame(0x80, b"x")].concat(), &[Event::Binary(b"x".to_vec())], None);
}

#[test]
fn a_length_in_a_longer_form_is_read() {
    let mut wire = vec![0x81, MASKED + 126, 0, 2];
    wire.extend([0, 0, 0, 0]);
    wire.extend(b"ok");
    check(&wire, &[text("ok")], None);
}

#[test]
fn broken_frames_are_refused() {
    check(&frame(0xc1, b"x"), &[], Some(1002));
    check(&frame(0x99, b"x"), &[], Some(1002));
    check(&frame(0x83, b"x"), &[], Some(1002));
    check(&frame(0x8b, b""), &[], Some(1002));
    check(&[0x81, 1, b'x'], &[], Some(1002));
    check(&frame(0x89, &[0; 126]), &[], Some(1002));
    check(&frame(0x09, b"x"), &[], Some(1002));
    check(&frame(0x80, b"x"), &[], Some(1002));
    check(&[frame(0x01, b"x"), frame(0x81, b"y")].concat(), &[], Some(1002));
    check(&frame(0x88, b"\x03"), &[], Some(1002));
}

#[test]
fn close_codes_are_judged() {
    for (code, refused) in [
        (0, true),
        (999, true),
        (1004, true),
        (1005, true),
        (1006, true),
        (1015, true),
        (1016, true),
        (2000, true),
        (2999, true),
        (5000, true),
        (1001, false),
        (1011, false),
        (3000, false),
        (4999, false),
    ] {
        let wire = frame(0x88, &u16::to_be_bytes(code));
        let (events, got) = read_in(100, &wire);
        assert_eq!((events.len(), got), if refused { (0, Some(1002)) } else { (1, None) }, "{code}");
    }
    check(&frame(0x88, b"\x03\xe8\xff"), &[], Some(1007));
}

#[test]
fn text_must_be_utf8() {
    for bytes in [&b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80"[..], b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xe2\x82"] {
        check(&frame(0x81, bytes), &[], Some(1007));
    }
    check(&[frame(0x01, b"\xe2"), frame(0x80, b"\x28\xa1")].concat(), &[], Some(1007));
}

/// RFC 6455, section 8.1, lets a server wait for the whole message; a client that sends slowly learns it at once.
#[test]
fn text_that_cannot_become_utf8_is_refused_before_its_end() {
    let whole = frame(0x81, b"\xce\xba\xf4\x90\x80\x80 and more");
    check(&whole[..whole.len() - 8], &[], Some(1007));
    check(&frame(0x01, b"\xce\xba\xed\xa0"), &[], Some(1007));
    let split = [frame(0x01, b"\xe2"), frame(0x00, b"\x82"), frame(0x80, b"\xac"), frame(0x01, b"\xff")].concat();
    check(&split, &[text("€")], Some(1007));
    check(&frame(0x02, b"\xff"), &[], None);
}

#[test]
fn what_is_too_big_is_refused_by_its_header_alone() {
    check(&header(0x82, 1025), &[], Some(1009));
    check(&header(0x82, 2 << 30), &[], Some(1009));
    check(&header(0x82, u64::MAX), &[], Some(1009));
    check(&[frame(0x02, &[0; 1000]), header(0x80, 25)].concat(), &[], Some(1009));
    check(&frame(0x82, &[0; 1024]), &[Event::Binary(vec![0; 1024])], None);
}

#[test]
fn a_declared_length_takes_no_memory() {
    let mut reader = FrameReader::new(64 * 1024);
    let wire = [header(0x82, 60_000), vec![0; 10]].concat();
    assert_eq!(reader.read(&mut &wire[..]), Ok(None));
    assert!(reader.message.capacity() < 1024);
}
