//! The OpenAPI document: gathered from the handlers, so that it cannot name an operation that is not served.

pub(crate) mod examples;
pub(crate) mod headers;
pub(crate) mod problems;

use actix_web::App;
use utoipa::OpenApi as _;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi, RefOr, Schema};
use utoipa_actix_web::AppExt as _;

use crate::handlers;
use crate::problem::{ErrorCodeSchema, ProblemDocument};

/// Name of the security scheme that "Authorize" fills.
const BEARER: &str = "bearer";
/// Name of the one for services.
const API_KEY: &str = "apiKey";
/// Name of the one that goes with it where a user is needed.
const ACT_AS: &str = "actAs";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Mockly",
        description = "Live sessions on your own server: REST here, events over STOMP at `/ws`, media by LiveKit.\n\n\
            Every refusal is a problem document (RFC 9457) whose `code` says what happened; each operation lists the \
            codes it can give. Times are RFC 3339 and need an offset on the way in. Enum values are accepted in any \
            case. Unknown fields are ignored.\n\n\
            Another service may call with a key in `X-API-Key` instead of a token, and speak for one of the users with \
            `X-Act-As`.\n\n\
            Every POST but those that deal in tokens takes an `Idempotency-Key`. Every answer has an `X-Request-Id`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "sessions", description = "Plan, join and end sessions."),
        (name = "rooms", description = "What came of the live side of a session: its chat and its numbers."),
        (name = "artifacts", description = "Files of a session: recordings, transcripts, documents."),
        (name = "bookings", description = "Book a mentor: MENTORING sessions under the name that mentees know."),
        (name = "livekit", description = "A session's media room, in an envelope `{success, data}`."),
        (name = "classes", description = "Classes and who is enrolled in them."),
        (name = "auth", description = "Own accounts: sign in and stay signed in."),
        (name = "users", description = "Profiles."),
        (name = "notifications", description = "What single users are told, whether they listen or not."),
        (name = "admin", description = "For users with the role ADMIN: service keys, follow-up work, nodes, users."),
        (name = "webhooks", description = "What LiveKit tells us."),
        (name = "operations", description = "For whoever runs the server.")
    ),
    components(schemas(ProblemDocument, ErrorCodeSchema))
)]
struct Base;

/// What is served: the document of the last `make gen`, since making it takes more memory than everything else that a
/// start does. A test compares it with what the code makes now.
pub(crate) const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

/// The document, the same from every build.
pub fn openapi() -> OpenApi {
    let mut base = Base::openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut base.info.version);
    let (_, mut document) =
        App::new().into_utoipa_app().openapi(base).configure(|config| handlers::configure(config)).split_for_parts();
    let components = document.components.get_or_insert_default();
    components.security_schemes.insert(
        BEARER.to_owned(),
        RefOr::T(SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .description(Some("The `accessToken` of `/api/auth/login`, or a token of a configured issuer."))
                .build(),
        )),
    );
    for (name, header, text) in [
        (API_KEY, "X-API-Key", "A service key, as an admin made it. For services, not for browsers."),
        (
            ACT_AS,
            "X-Act-As",
            "The id of the user for whom a service speaks, percent-encoded; with a key of scope ACT_AS.",
        ),
    ] {
        let scheme = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(header, text)));
        components.security_schemes.insert(name.to_owned(), RefOr::T(scheme));
    }
    if let Some(RefOr::T(Schema::Object(session))) = components.schemas.get_mut("SessionResponse") {
        session.examples = vec![examples::session()];
    }
    problems::describe_headers(&mut document);
    problems::share(&mut document);
    document
}

/// The document as `docs/openapi.json` has it: indented, with a line break at the end.
///
/// # Errors
/// Where a schema cannot be written as JSON, which a test rules out.
pub fn openapi_text() -> Result<String, serde_json::Error> {
    Ok(openapi().to_pretty_json()? + "\n")
}
