//! Which codes each operation can give, in the OpenAPI document.

use std::collections::BTreeMap;

use mockly_domain::ErrorCode;
use mockly_domain::ErrorCode as E;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

use crate::problem::PROBLEM_JSON;

/// What everything under `/api/` can give.
pub(crate) const ANY: &[E] = &[E::NotAcceptable, E::RateLimited, E::Internal, E::Unavailable];
/// What everything can give that asks for a user: by a token, or by a service key with `X-Act-As`.
pub(crate) const AUTHED: &[E] = &[
    E::Unauthenticated,
    E::InvalidToken,
    E::TokenExpired,
    E::WrongIssuer,
    E::InvalidServiceKey,
    E::ServiceKeyScope,
    E::InvalidParameter,
    E::UnknownUser,
];
/// What everything can give that asks for a token and takes no service key.
pub(crate) const TOKEN: &[E] =
    &[E::Unauthenticated, E::InvalidToken, E::TokenExpired, E::WrongIssuer, E::ServiceKeyScope];
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
/// What a path with a class's id can give.
pub(crate) const CLASS: &[E] = &[E::InvalidId, E::ClassNotFound];
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

/// Moves the failure that most operations share for a status to the components: the document is a third of the size.
pub(crate) fn share(document: &mut OpenApi) {
    let mut uses: BTreeMap<String, Vec<(Response, usize)>> = BTreeMap::new();
    for operation in operations(document) {
        for (status, response) in &operation.responses.responses {
            let RefOr::T(response) = response else { continue };
            if !response.content.contains_key(PROBLEM_JSON) {
                continue;
            }
            let known = uses.entry(status.clone()).or_default();
            match known.iter_mut().find(|(other, _)| other == response) {
                Some((_, count)) => *count += 1,
                None => known.push((response.clone(), 1)),
            }
        }
    }
    let mut shared = BTreeMap::new();
    for (status, known) in uses {
        // The first of the most used, so that the choice does not depend on chance.
        let best = known.into_iter().rev().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 1);
        shared.extend(best.map(|(response, _)| (status, response)));
    }
    for operation in operations(document) {
        for (status, response) in &mut operation.responses.responses {
            let is_shared = matches!(response, RefOr::T(own) if shared.get(status) == Some(own));
            if is_shared {
                *response = RefOr::Ref(Ref::new(format!("#/components/responses/Problem{status}")));
            }
        }
    }
    let components = document.components.get_or_insert_default();
    let named = shared.into_iter().map(|(status, response)| (format!("Problem{status}"), RefOr::T(response)));
    components.responses.extend(named);
}

fn operations(document: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    document.paths.paths.values_mut().flat_map(|item| {
        [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
    })
}

/// Adds the headers that a status always comes with.
pub(crate) fn describe_headers(document: &mut OpenApi) {
    for operation in operations(document) {
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
