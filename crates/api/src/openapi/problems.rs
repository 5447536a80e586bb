//! Which codes each operation can give, in the OpenAPI document.

use std::collections::BTreeMap;

use mockly_domain::ErrorCode;
use mockly_domain::ErrorCode as E;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

use crate::problem::PROBLEM_JSON;

/// What everything under `/api/` can give.
pub(crate) const ANY: &[E] = &[E::NotAcceptable, E::RateLimited, E::Internal, E::Unavailable];
/// What everything can give that asks for a token.
pub(crate) const AUTHED: &[E] = &[E::Unauthenticated, E::InvalidToken, E::TokenExpired, E::WrongIssuer];
/// What reading a JSON body can give.
pub(crate) const BODY: &[E] =
    &[E::MalformedBody, E::ValidationFailed, E::RequestTimeout, E::BodyTooLarge, E::UnsupportedMediaType];
/// What a query can give.
pub(crate) const QUERY: &[E] = &[E::InvalidParameter];
/// What `Idempotency-Key` can give.
pub(crate) const KEYED: &[E] = &[
    E::InvalidParameter,
    E::IdempotencyKeyReused,
    E::RequestInProgress,
    E::MalformedBody,
    E::RequestTimeout,
    E::BodyTooLarge,
    E::UnsupportedMediaType,
];
/// What a path with a session's id can give.
pub(crate) const SESSION: &[E] = &[E::InvalidId, E::SessionNotFound, E::AccessDenied];
/// What one's own status in the session can give.
pub(crate) const OWN_STATUS: &[E] = &[E::Denied, E::Removed];
/// What the join decision can give.
pub(crate) const JOIN: &[E] = &[
    E::Denied,
    E::Removed,
    E::SessionClosed,
    E::RoleMismatch,
    E::NotOpenYet,
    E::WindowClosed,
    E::ActiveSessionExists,
    E::SessionFull,
];

/// Defines a unit type that documents the codes of one operation, for `responses(...)`.
macro_rules! problems {
    ($name:ident: $($group:expr),+ $(,)?) => {
        struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<
                String,
                utoipa::openapi::RefOr<utoipa::openapi::response::Response>,
            > {
                $crate::openapi::problems::responses(&[$($group),+])
            }
        }
    };
}

pub(crate) use problems;

/// One response per status, which narrows `code` to what that status can mean here.
pub(crate) fn responses(groups: &[&[ErrorCode]]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in groups.iter().copied().flatten() {
        let codes = by_status.entry(code.status()).or_default();
        if !codes.contains(code) {
            codes.push(*code);
        }
    }
    by_status.into_iter().map(|(status, codes)| (status.to_string(), RefOr::T(response(&codes)))).collect()
}

fn response(codes: &[ErrorCode]) -> Response {
    let listed: Vec<String> = codes.iter().map(|code| format!("`{code}`: {}.", code.title())).collect();
    let narrowed = ObjectBuilder::new().property(
        "code",
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes.iter().map(|code| code.as_str()))),
    );
    let schema = AllOfBuilder::new().item(Ref::from_schema_name("Problem")).item(narrowed);
    let content = ContentBuilder::new().schema(Some(schema)).example(codes.first().map(|code| example(*code)));
    ResponseBuilder::new().description(listed.join(" ")).content(PROBLEM_JSON, content.build()).build()
}

fn example(code: ErrorCode) -> serde_json::Value {
    serde_json::json!({
        "type": format!("urn:mockly:problem:{code}"),
        "title": code.title(),
        "status": code.status(),
        "detail": "A sentence that says what to do.",
        "instance": "/api/sessions",
        "code": code.as_str(),
        "requestId": "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
        "error": code.title(),
        "message": "A sentence that says what to do.",
    })
}

/// Adds the headers that a status always comes with.
pub(crate) fn describe_headers(document: &mut OpenApi) {
    let operations = document.paths.paths.values_mut().flat_map(|item| {
        [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
    });
    for operation in operations {
        for (status, response) in &mut operation.responses.responses {
            let RefOr::T(response) = response else { continue };
            let (name, text) = match status.as_str() {
                "429" | "503" if response.content.contains_key(PROBLEM_JSON) => ("Retry-After", "Seconds to wait."),
                "401" => ("WWW-Authenticate", "`Bearer`, with `error=\"invalid_token\"` where a token was given."),
                _ => continue,
            };
            let header = HeaderBuilder::new()
                .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
                .description(Some(text))
                .build();
            response.headers.insert(name.to_owned(), RefOr::T(header));
        }
    }
}
