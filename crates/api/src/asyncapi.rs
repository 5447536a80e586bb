//! The AsyncAPI document: every message of the sockets, made of the types that are written to them and of the rules that
//! decide who sends what.
//!
//! To add a message: a variant of `RoomEvent` and its line in `rooms::audience_of`, or a variant of `RoomCommand` and its
//! frame in `frames`; a test says so where that is forgotten. Then `make gen`.

mod class_frames;
mod draft;
mod frames;
mod rooms;
mod schemas;
mod topics;

use serde_json::{Error, Value, json};
use utoipa::openapi::OpenApi;

use draft::{Draft, Parts};
use schemas::Schemas;

/// What is served: the document of the last `make gen`. A test compares it with what the code makes now.
pub(crate) const DOCUMENT: &str = include_str!("../../../docs/asyncapi.json");

/// The document as `docs/asyncapi.json` has it: indented, with a line break at the end.
///
/// # Errors
/// Where a schema cannot be written as JSON or does not fit its type, which a test rules out.
pub fn asyncapi_text() -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(&asyncapi(&crate::openapi::openapi())?)? + "\n")
}

/// The document, the same from every build. What `openapi` has too is referred to as `openapi.json#/…`.
fn asyncapi(openapi: &OpenApi) -> Result<Value, Error> {
    let mut draft = Draft { schemas: Schemas::new(openapi)?, parts: Parts::default() };
    rooms::describe(&mut draft)?;
    topics::describe(&mut draft)?;
    let Draft { schemas, parts } = draft;
    let mut document = json!({
        "asyncapi": "3.0.0",
        "id": "urn:mockly",
        "info": {
            "title": "Mockly",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What goes over the sockets of Mockly; `openapi.json` beside this document has REST.\n\n\
                The doors `zoom`, `chat`, `screenshare` and `class` lead into the same room, and what is done at one is \
                heard at all that carry it. STOMP has the topics. Seen from the server: `receive` is what clients send, \
                `send` is what they hear. Enum values are accepted in any case, and unknown members are ignored.",
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": { "doors": rooms::server(), "stomp": topics::server() },
        "channels": parts.channels,
        "operations": parts.operations,
        "components": {
            "messages": parts.messages,
            "schemas": schemas.own(),
            "securitySchemes": security_schemes(),
        },
    });
    schemas.lead_out(&mut document);
    Ok(document)
}

/// The places for a token, by the names that servers refer to.
fn security_schemes() -> Value {
    let token = "An access token: the `accessToken` of `/api/auth/login`, or one of a configured issuer.";
    let ticket = "A ticket of `POST /api/ws/ticket`: works once, for 30 s.";
    json!({
        "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": token },
        "token": { "type": "httpApiKey", "in": "query", "name": "token", "description": token },
        "ticket": { "type": "httpApiKey", "in": "query", "name": "ticket", "description": ticket },
        "connect": {
            "type": "apiKey",
            "in": "password",
            "description": "An access token in CONNECT's header `Authorization` (after `Bearer `), `token` or `passcode`.",
        },
    })
}
