//! What every request passes, from the outside in: [`edge`]; then, for REST alone, compression, CORS, [`admit`],
//! [`idempotency`], [`render`].

pub(crate) mod admit;
pub(crate) mod cors;
pub(crate) mod edge;
pub(crate) mod headers;
pub(crate) mod idempotency;
pub(crate) mod render;

/// Paths that belong to the sockets: their protocols have answers of their own, which nothing here may touch.
pub(crate) fn is_socket_path(path: &str) -> bool {
    ["/ws", "/socket.io"]
        .iter()
        .any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}
