use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::problems::{ANY, problems};
use crate::settings::PublicConfig;
use crate::state::State;

/// What a web page needs to know before anyone signs in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfigResponse {
    /// Whether everyone may make an account.
    registration: Registration,
    /// The issuer that also signs users in.
    oidc: Option<OidcResponse>,
    /// Whether sessions have audio and video.
    livekit: bool,
    /// Origins whose pages may show the live page in an iframe and hear what happens in it.
    embed_origins: Vec<String>,
    /// Version of the server.
    version: String,
}

/// Whether everyone may make an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Registration {
    /// Everyone may.
    Open,
    /// Only whoever runs the server.
    Closed,
}

/// How a browser starts to sign in at the issuer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OidcResponse {
    /// The issuer's URL.
    issuer: String,
    /// The client id to use.
    client_id: String,
    /// The `aud` that access tokens must have.
    audience: String,
}

impl From<&PublicConfig> for ConfigResponse {
    fn from(config: &PublicConfig) -> Self {
        Self {
            registration: if config.registration_open { Registration::Open } else { Registration::Closed },
            oidc: config.oidc.as_ref().map(|oidc| OidcResponse {
                issuer: oidc.issuer.clone(),
                client_id: oidc.client_id.clone(),
                audience: oidc.audience.clone(),
            }),
            livekit: config.livekit,
            embed_origins: config.embed_origins.clone(),
            version: config.version.clone(),
        }
    }
}

problems!(Refusals: ANY);

/// Read the public configuration
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "The configuration", body = ConfigResponse), Refusals),
    security(())
)]
#[get("/api/config")]
pub(crate) async fn read_config(state: State) -> HttpResponse {
    HttpResponse::Ok().json(ConfigResponse::from(&state.settings.public_config))
}
