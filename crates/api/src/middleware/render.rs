//! The innermost layer: turns the refusals of handlers, extractors and the framework into finished documents, so that
//! what lies outside (a kept answer, compression) sees what the caller gets.

use actix_web::Error;
use actix_web::body::{BodySize, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use super::is_socket_path;
use crate::problem::{self, Problem};
use crate::request::{self, RequestFacts};

/// Renders what went wrong further in.
pub(crate) async fn render<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let response = next.call(request).await?;
    let facts = RequestFacts::of(response.request());
    let facts = facts.as_deref();
    let document = match response.response().error() {
        Some(error) => Some(match error.as_error::<Problem>() {
            Some(problem) => request::answer(facts, problem),
            None => request::answer(facts, &problem::of_error(error)),
        }),
        None => bare_status(&response).map(|problem| request::answer(facts, &problem)),
    };
    Ok(match document {
        Some(document) => response.into_response(document).map_into_right_body(),
        None => response.map_into_left_body(),
    })
}

/// The problem behind an error status without a body, which only the framework answers.
fn bare_status<B: MessageBody>(response: &ServiceResponse<B>) -> Option<Problem> {
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let empty = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    (failed && empty && !is_socket_path(response.request().path())).then(|| problem::of_status(status))
}
