//! The document at `/info`, which a client reads before it chooses a transport ("Info test").

use bytes::Bytes;

/// What the info document says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// Whether the service has the WebSocket transport.
    pub websocket: bool,
    /// Whether load balancers need a cookie to keep a client on one node.
    pub cookie_needed: bool,
    /// A fresh, unpredictable number for clients that have no good source of randomness; new for every answer.
    pub entropy: u32,
}

impl Info {
    /// The document as JSON, to be sent as [`headers::JSON`](crate::headers::JSON).
    ///
    /// `origins` is always `*:*`: the spec has clients ignore it, and origins are checked on the requests themselves.
    pub fn encode(&self) -> Bytes {
        let Self { websocket, cookie_needed, entropy } = self;
        Bytes::from(format!(
            r#"{{"websocket":{websocket},"origins":["*:*"],"cookie_needed":{cookie_needed},"entropy":{entropy}}}"#
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_the_four_members() {
        let info = Info { websocket: true, cookie_needed: false, entropy: u32::MAX };
        let document: serde_json::Value = serde_json::from_slice(&info.encode()).unwrap();
        let expected = serde_json::json!({
            "websocket": true, "origins": ["*:*"], "cookie_needed": false, "entropy": 4_294_967_295_u32
        });
        assert_eq!(document, expected);
    }
}
