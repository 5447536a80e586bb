//! What the standard Socket.IO Redis emitter publishes: `[uid, {type, data, nsp}, {rooms, except, flags}]` in `MessagePack`,
//! on `socket.io#/#` or, to one room, on `socket.io#/#<room>#`.
//!
//! Whoever can publish on this Redis is believed as to whom and what, and nothing else: sizes and depth are bounded, and
//! whatever is not an event for rooms `user:<id>` is nothing.

use std::collections::BTreeSet;

use mockly_domain::notification::{PAYLOAD_BYTES_MAX, is_event_name};
use mockly_domain::{Timestamp, UserId};
use rmpv::Value as Packed;
use serde_json::{Map, Number, Value};

/// The channels of the namespace `/`.
pub(super) const PATTERN: &str = "socket.io#/#*";
/// Largest packet: room for the largest payload, and for a thousand rooms beside it.
const BYTES_MAX: usize = 64 * 1024;
/// How deep values may lie in one another.
const DEPTH_MAX: usize = 32;
/// An event, as against a connection, an acknowledgement or an event with binary attachments.
const EVENT: u64 = 2;
/// The type of `MessagePack`'s extension for times.
const TIME: i8 = -1;

/// An event for some users.
#[derive(Debug, PartialEq)]
pub(super) struct Packet {
    pub(super) users: BTreeSet<UserId>,
    event: String,
    payload: Value,
}

impl Packet {
    /// Reads a packet; `None` where it is none for anybody here.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > BYTES_MAX {
            return None;
        }
        let mut rest = bytes;
        let packed = rmpv::decode::read_value_with_max_depth(&mut rest, DEPTH_MAX).ok()?;
        let Packed::Array(parts) = packed else { return None };
        let [_uid, packet, options] = <[Packed; 3]>::try_from(parts).ok()?;
        if member(&packet, "type")?.as_u64() != Some(EVENT) || member(&packet, "nsp")?.as_str() != Some("/") {
            return None;
        }
        let except = rooms(&options, "except");
        let users: BTreeSet<UserId> = rooms(&options, "rooms")
            .difference(&except)
            .filter_map(|room| UserId::new(room.strip_prefix("user:")?.to_owned()).ok())
            .collect();
        let mut data = member(&packet, "data")?.as_array()?.iter();
        let event = data.next()?.as_str().filter(|event| is_event_name(event))?.to_owned();
        let payload = data.next().map_or_else(|| Some(Value::Object(Map::new())), plain)?;
        // A message has one payload: what it could not carry is not cut off.
        let is_whole = data.next().is_none() && payload.to_string().len() <= PAYLOAD_BYTES_MAX;
        (is_whole && !users.is_empty()).then_some(Self { users, event, payload })
    }

    /// The body of its message, like a notification's: `{event, payload, timestamp}`.
    pub(super) fn body(&self, at: Timestamp) -> String {
        serde_json::json!({ "event": self.event, "payload": self.payload, "timestamp": at }).to_string()
    }
}

fn rooms<'p>(options: &'p Packed, name: &str) -> BTreeSet<&'p str> {
    let rooms = member(options, name).and_then(Packed::as_array);
    rooms.into_iter().flatten().filter_map(Packed::as_str).collect()
}

fn member<'p>(packed: &'p Packed, name: &str) -> Option<&'p Packed> {
    packed.as_map()?.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
}

/// As JSON; `None` for what JSON does not have, which bytes are.
fn plain(packed: &Packed) -> Option<Value> {
    Some(match packed {
        Packed::Nil => Value::Null,
        Packed::Boolean(value) => Value::Bool(*value),
        Packed::Integer(value) => match value.as_i64() {
            Some(value) => value.into(),
            None => value.as_u64()?.into(),
        },
        Packed::F32(value) => number(f64::from(*value)),
        Packed::F64(value) => number(*value),
        Packed::String(text) => text.as_str()?.into(),
        Packed::Array(items) => Value::Array(items.iter().map(plain).collect::<Option<_>>()?),
        Packed::Map(members) => {
            let members = members.iter().map(|(key, value)| Some((key.as_str()?.to_owned(), plain(value)?)));
            Value::Object(members.collect::<Option<_>>()?)
        }
        Packed::Ext(TIME, bytes) => serde_json::to_value(time(bytes)?).ok()?,
        Packed::Ext(..) | Packed::Binary(_) => return None,
    })
}

/// What JavaScript's JSON makes of a number that JSON does not have.
fn number(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// A time in any of the three forms of the specification: seconds; nanoseconds in 30 bits and seconds in 34; both in
/// full.
fn time(bytes: &[u8]) -> Option<Timestamp> {
    let (seconds, nanos) = if let Ok(seconds) = <[u8; 4]>::try_from(bytes) {
        (i64::from(u32::from_be_bytes(seconds)), 0)
    } else if let Ok(both) = <[u8; 8]>::try_from(bytes) {
        let both = u64::from_be_bytes(both);
        (i64::try_from(both & 0x3_ffff_ffff).ok()?, i64::try_from(both >> 34).ok()?)
    } else {
        let (nanos, seconds) = bytes.split_first_chunk::<4>()?;
        (i64::from_be_bytes(seconds.try_into().ok()?), i64::from(u32::from_be_bytes(*nanos)))
    };
    Some(Timestamp::from_micros(seconds.checked_mul(1_000_000)?.checked_add(nanos / 1_000)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A JSON value as `MessagePack`.
    fn pack(value: &Value) -> Packed {
        match value {
            Value::Null => Packed::Nil,
            Value::Bool(value) => Packed::from(*value),
            Value::Number(value) => value.as_i64().map_or_else(|| Packed::from(value.as_f64().unwrap()), Packed::from),
            Value::String(text) => Packed::from(text.as_str()),
            Value::Array(items) => Packed::Array(items.iter().map(pack).collect()),
            Value::Object(members) => {
                Packed::Map(members.iter().map(|(key, value)| (Packed::from(key.as_str()), pack(value))).collect())
            }
        }
    }

    fn bytes_of(packed: &Packed) -> Vec<u8> {
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, packed).unwrap();
        bytes
    }

    fn emitted(kind: u64, nsp: &str, data: &Value, rooms: &Value, except: &Value) -> Value {
        json!(["emitter", { "type": kind, "data": data, "nsp": nsp }, { "rooms": rooms, "except": except, "flags": {} }])
    }

    fn read(value: &Value) -> Option<Packet> {
        Packet::read(&bytes_of(&pack(value)))
    }

    #[test]
    fn an_event_for_users_is_taken_and_everything_else_is_not() {
        let data = || json!(["analysis:completed", { "n": 1.5, "list": [null, true, -7] }]);
        let packet =
            read(&emitted(2, "/", &data(), &json!(["user:a|1", "lobby", "user:b", "user:c"]), &json!(["user:c"])));
        let packet = packet.unwrap();
        assert_eq!(packet.users.iter().map(UserId::as_str).collect::<Vec<_>>(), ["a|1", "b"]);
        let body: Value = serde_json::from_str(&packet.body(Timestamp::from_micros(0))).unwrap();
        assert_eq!(
            body,
            json!({
                "event": "analysis:completed",
                "payload": { "n": 1.5, "list": [null, true, -7] },
                "timestamp": "1970-01-01T00:00:00Z",
            })
        );
        assert_eq!(
            read(&emitted(2, "/", &json!(["bare"]), &json!(["user:a"]), &json!([]))).unwrap().payload,
            json!({})
        );

        let to_a = || json!(["user:a"]);
        for ignored in [
            emitted(3, "/", &data(), &to_a(), &json!([])),
            emitted(2, "/chat", &data(), &to_a(), &json!([])),
            emitted(2, "/", &json!(["connect", {}]), &to_a(), &json!([])),
            emitted(2, "/", &json!(["two", { "a": 1 }, { "b": 2 }]), &to_a(), &json!([])),
            emitted(2, "/", &json!([]), &to_a(), &json!([])),
            emitted(2, "/", &json!([7]), &to_a(), &json!([])),
            emitted(2, "/", &data(), &json!([]), &json!([])),
            emitted(2, "/", &data(), &json!(["lobby", "user:", 7]), &json!([])),
            emitted(2, "/", &json!(["large", { "text": "x".repeat(PAYLOAD_BYTES_MAX) }]), &to_a(), &json!([])),
            json!(["emitter", {}]),
            json!({}),
        ] {
            assert_eq!(read(&ignored), None, "{ignored}");
        }
    }

    #[test]
    fn times_read_as_times_and_bytes_are_refused() {
        for (bytes, text) in [
            (vec![0, 0, 0, 1], "1970-01-01T00:00:01Z"),
            ((500_000_000_u64 << 34 | 1).to_be_bytes().to_vec(), "1970-01-01T00:00:01.5Z"),
            ([&0_u32.to_be_bytes()[..], &(-1_i64).to_be_bytes()].concat(), "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(plain(&Packed::Ext(TIME, bytes)), Some(json!(text)));
        }
        for none in [Packed::Ext(TIME, vec![1]), Packed::Ext(5, vec![1]), Packed::Binary(vec![1])] {
            assert_eq!(plain(&none), None);
        }
        assert_eq!(plain(&Packed::F64(f64::NAN)), Some(Value::Null));
    }

    #[test]
    fn what_lies_too_deep_or_promises_too_much_is_nothing() {
        assert_eq!(Packet::read(&vec![0x91; BYTES_MAX]), None);
        // An array of four billion.
        assert_eq!(Packet::read(&[0xdd, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(Packet::read(&vec![0; BYTES_MAX + 1]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Packet::read(&bytes);
        }
    }
}
