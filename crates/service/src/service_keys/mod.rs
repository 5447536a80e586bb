//! Keys by which other services call. A key is shown once; what is stored is its SHA-256.

mod act_for;
mod authenticate;
mod create;
mod list;
mod revoke;

pub use create::CreatedServiceKey;

/// What a key begins with, so that people and scanners of leaked secrets know one when they see it.
const PREFIX: &str = "mk_";
