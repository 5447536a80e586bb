//! The document in the making, and what doors and topics say alike.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::schemas::Schemas;

/// The document in the making.
pub(super) struct Draft {
    pub(super) schemas: Schemas,
    pub(super) parts: Parts,
}

#[derive(Default)]
pub(super) struct Parts {
    pub(super) messages: BTreeMap<String, Value>,
    pub(super) channels: BTreeMap<String, Value>,
    pub(super) operations: BTreeMap<String, Value>,
}

impl Parts {
    /// Adds a channel, with messages to be found in it under the names they have in the components.
    pub(super) fn channel(&mut self, name: &str, messages: impl Iterator<Item = String>, mut channel: Value) {
        let messages = messages.map(|message| {
            let reference = json!({ "$ref": format!("#/components/messages/{message}") });
            (message, reference)
        });
        channel["messages"] = messages.collect::<Map<_, _>>().into();
        self.channels.insert(name.to_owned(), channel);
    }

    /// Adds an operation on some of a channel's messages.
    pub(super) fn operation(&mut self, name: String, channel: &str, messages: &[String], mut operation: Value) {
        let reference = |message| json!({ "$ref": format!("#/channels/{channel}/messages/{message}") });
        operation["channel"] = json!({ "$ref": format!("#/channels/{channel}") });
        operation["messages"] = messages.iter().map(reference).collect();
        self.operations.insert(name, operation);
    }
}

/// A server's address and where a token goes.
pub(super) fn server(protocol: &str, security: &[&str]) -> Value {
    let schemes = security.iter().map(|name| json!({ "$ref": format!("#/components/securitySchemes/{name}") }));
    json!({
        "host": "{host}",
        "protocol": protocol,
        "variables": { "host": { "default": "localhost:8080", "description": "Name and port." } },
        "security": schemes.collect::<Value>(),
    })
}

/// Close codes, each with the reasons that stand beside it.
pub(super) fn close_codes(known: impl Iterator<Item = (u16, String)>) -> Value {
    let mut reasons: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for (code, reason) in known {
        let reasons = reasons.entry(code).or_default();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    json!(reasons)
}
