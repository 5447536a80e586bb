//! `mockly asyncapi`: prints the AsyncAPI document, for `docs/asyncapi.json` and for clients made from it.

use super::print;
use crate::failure::Failure;

pub(crate) fn run() -> Result<(), Failure> {
    let document = mockly_api::asyncapi_text();
    print(&document.map_err(|error| Failure::because("the document cannot be written", &error))?)
}
