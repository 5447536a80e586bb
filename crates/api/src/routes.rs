//! Which methods a path knows, taken from the OpenAPI document, so that a 405 cannot disagree with it.

use std::collections::BTreeMap;

use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The documented paths and their methods.
pub(crate) struct RouteTable(Vec<(ResourceDef, Vec<Method>)>);

/// Of an OpenAPI document, what is needed here: the names of the paths, and of what each of them has.
#[derive(Default, Deserialize)]
struct Document {
    paths: BTreeMap<String, PathItem>,
}

/// Which operations a path has.
#[derive(Deserialize)]
struct PathItem {
    get: Option<IgnoredAny>,
    post: Option<IgnoredAny>,
    put: Option<IgnoredAny>,
    patch: Option<IgnoredAny>,
    delete: Option<IgnoredAny>,
}

impl RouteTable {
    /// Reads it from a document that is our own; a broken one, which a test rules out, has no paths.
    pub(crate) fn of(openapi: &str) -> Self {
        let document: Document = serde_json::from_str(openapi).unwrap_or_default();
        Self(document.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item))).collect())
    }

    /// What `Allow` lists for a path; `None` where there is no such path.
    pub(crate) fn allowed(&self, path: &str) -> Option<String> {
        let mut allowed = Vec::new();
        for (_, methods) in self.0.iter().filter(|(resource, _)| resource.is_match(path)) {
            allowed.extend(methods.iter().map(Method::as_str));
        }
        if allowed.is_empty() {
            return None;
        }
        allowed.sort_unstable();
        allowed.dedup();
        Some(allowed.join(", "))
    }
}

fn methods(item: &PathItem) -> Vec<Method> {
    let mut methods = vec![Method::OPTIONS];
    // A HEAD is answered wherever a GET is.
    for (operation, names) in [
        (item.get, &[Method::GET, Method::HEAD][..]),
        (item.post, &[Method::POST]),
        (item.put, &[Method::PUT]),
        (item.patch, &[Method::PATCH]),
        (item.delete, &[Method::DELETE]),
    ] {
        if operation.is_some() {
            methods.extend_from_slice(names);
        }
    }
    methods
}
