//! The application: routes and layers, the same for the server and for tests.

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, Error, HttpRequest, HttpResponse, web};
use mockly_domain::ErrorCode;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::handlers;
use crate::middleware::admit::admit;
use crate::middleware::cors::cors;
use crate::middleware::edge::edge;
use crate::middleware::idempotency::idempotency;
use crate::middleware::render::render;
use crate::problem::Problem;
use crate::socket::{self, SocketRoutes};
use crate::state::{ApiState, State};
use crate::web_ui;

/// Builds the application of one worker; without `sockets` it is REST alone.
///
/// The sockets' routes stand beside the layers of REST, not under them: their protocols have answers of their own, and
/// what streams must not be gathered, compressed or counted.
pub fn build_app(
    state: Arc<ApiState>,
    sockets: Option<SocketRoutes>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let rest = web::scope("")
        .configure(add_rest)
        .wrap(from_fn(render))
        .wrap(from_fn(idempotency))
        .wrap(from_fn(admit))
        .wrap(cors(Arc::clone(&state)))
        .wrap(Compress::default());
    App::new()
        .app_data(State::from(state))
        .configure(|config| {
            if let Some(sockets) = sockets {
                socket::configure(config, sockets);
            }
        })
        .service(rest)
        .wrap(from_fn(edge))
}

fn add_rest(config: &mut web::ServiceConfig) {
    handlers::configure(config);
    config
        .service(web::resource("/swagger-ui").get(to_swagger_ui))
        .service(swagger_ui())
        .default_service(web::to(no_route));
}

fn swagger_ui() -> SwaggerUi {
    let config = Config::from("/api-docs/openapi.json")
        .persist_authorization(true)
        .display_request_duration(true)
        .display_operation_id(true)
        .try_it_out_enabled(true)
        // Swagger's public validator would be asked for a picture, from a server that may have no internet.
        .validator_url("none");
    SwaggerUi::new("/swagger-ui/{_:.*}").config(config)
}

async fn to_swagger_ui() -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, "/swagger-ui/")).finish()
}

/// The web UI, which has the rest of the paths; else 404 where there is no such path, 405 where it knows other methods.
async fn no_route(request: HttpRequest, state: State) -> Result<HttpResponse, Problem> {
    if let Some(answer) = web_ui::answer(&request, &state.settings) {
        return Ok(answer);
    }
    let Some(allowed) = state.routes.allowed(request.path()) else {
        let detail = "There is nothing at this path; /api-docs/openapi.json lists what there is.";
        return Err(Problem::new(ErrorCode::NotFound, detail));
    };
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent().insert_header((header::ALLOW, allowed)).finish());
    }
    Err(Problem::new(ErrorCode::MethodNotAllowed, format!("This path knows {allowed}.")).allow(allowed))
}
