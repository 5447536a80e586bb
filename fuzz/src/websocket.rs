//! WebSocket frames of clients (RFC 6455).

use mockly_api::socket::fuzzing::{FrameReader, encode_text};

use crate::cut::{pieces, sizes};

const MESSAGE_BYTES_MAX: usize = 300;
/// A buffer that grows doubles; two control frames may be under way beside it.
const HELD_BYTES_MAX: usize = 2 * MESSAGE_BYTES_MAX + 256;

/// Any cuts give the same events; memory keeps its bound whatever a frame announces; what we write, a reader reads.
pub(crate) fn websocket(input: &[u8]) {
    let (sizes, stream) = sizes(input);
    let whole = read(stream, &[]);
    assert_eq!(read(stream, &sizes), whole, "cuts changed the events");
    if let Ok(text) = std::str::from_utf8(stream)
        && text.len() <= MESSAGE_BYTES_MAX
    {
        let (events, refused) = read(&masked(&encode_text(text.as_bytes())), &sizes);
        assert_eq!((events, refused), (vec![format!("{:?}", Text(text))], None));
    }
}

/// As the reader's own type shows itself.
#[derive(Debug)]
struct Text<'a>(#[expect(dead_code, reason = "it is shown")] &'a str);

fn read(stream: &[u8], sizes: &[usize]) -> (Vec<String>, Option<u16>) {
    let mut reader = FrameReader::new(MESSAGE_BYTES_MAX);
    let mut events = Vec::new();
    for mut piece in pieces(stream, sizes) {
        loop {
            match reader.read(&mut piece) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(code) => return (events, Some(code)),
            }
        }
        assert!(reader.held_bytes() <= HELD_BYTES_MAX, "{} bytes are held", reader.held_bytes());
    }
    (events, None)
}

/// A server's frame as a client would have sent it: with a mask, here of zeros (section 5.3).
fn masked(frame: &[u8]) -> Vec<u8> {
    let header_bytes = match frame.get(1) {
        Some(126) => 4,
        Some(127) => 10,
        _ => 2,
    };
    let (header, payload) = frame.split_at(header_bytes);
    let mut out = [header, &[0; 4], payload].concat();
    out[1] |= 0x80;
    out
}
