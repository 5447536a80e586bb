//! Sessions from their creation to their end, and everything that follows them: LiveKit, deadlines, topics, the relay.

mod attendance;
mod create;
mod deadlines;
mod hold;
mod idempotency;
mod join;
mod lifecycle;
mod livekit;
mod patch;
mod remove;
mod signature;
mod stage;
mod webhook;
mod webhooks;
