//! `mockly openapi`: prints the OpenAPI document, for `docs/openapi.json` and for clients made from it.

use super::print;
use crate::failure::Failure;

pub(crate) fn run() -> Result<(), Failure> {
    let document = mockly_api::openapi_text();
    print(&document.map_err(|error| Failure::because("the document cannot be written", &error))?)
}
