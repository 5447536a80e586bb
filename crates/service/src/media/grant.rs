//! What a media token allows.

use mockly_domain::{MediaPolicy, ParticipantRole};

/// What somebody may publish; everyone who is in may subscribe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// Microphone.
    pub microphone: bool,
    /// Camera.
    pub camera: bool,
    /// Screen, with its sound.
    pub screen_share: bool,
}

impl Grant {
    /// By role, policy and a host's leave to share the screen (R10): a host publishes everything.
    pub fn of(role: ParticipantRole, policy: MediaPolicy, may_share: bool) -> Self {
        let host = role.is_host();
        Self {
            microphone: host || policy.microphone,
            camera: host || policy.camera,
            screen_share: host || policy.screen_share || may_share,
        }
    }

    /// As LiveKit tells it, by the names of its sources: none of them means all.
    pub fn of_sources<'a>(publishes: bool, sources: impl IntoIterator<Item = &'a str>) -> Self {
        let sources: Vec<&str> = sources.into_iter().collect();
        let may = |source| publishes && (sources.is_empty() || sources.contains(&source));
        Self { microphone: may("MICROPHONE"), camera: may("CAMERA"), screen_share: may("SCREEN_SHARE") }
    }

    /// Whether anything may be published.
    pub const fn publishes(self) -> bool {
        self.microphone || self.camera || self.screen_share
    }

    /// Whether everything may be published.
    pub const fn is_everything(self) -> bool {
        self.microphone && self.camera && self.screen_share
    }
}
