//! Sessions from their creation to their end, and everything that follows them: LiveKit, deadlines, topics, the relay.

mod analyses;
mod artifacts;
mod attendance;
mod classes;
mod create;
mod deadlines;
mod enrolment;
mod hold;
mod idempotency;
mod join;
mod lessons;
mod lifecycle;
mod lists;
pub(crate) mod livekit;
mod mentoring;
mod notifications;
mod patch;
mod reconcile;
mod relay;
mod remove;
mod school;
mod signature;
pub(crate) mod stage;
pub(crate) mod tokens;
mod topics;
mod webhook;
mod webhooks;
