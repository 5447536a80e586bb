//! Sound and picture: what everybody says of their own, and what hosts turn off.

use std::time::Duration;

use mockly_data::Store;
use mockly_domain::UserId;
use mockly_domain::room::{Actor, Audience, MediaSource, RoomEvent, RoomRole, Target};

use super::command::{Sender, not_here};
use super::log::Draft;
use super::unit::Room;
use crate::ServiceError;
use crate::jobs::Work;

/// How long LiveKit may take to mute somebody: what a host wanted later than that is no longer what they want.
const MUTE_WANTED_FOR: Duration = Duration::from_mins(1);

impl Room<'_> {
    pub(super) async fn toggle_audio(&mut self, sender: Sender<'_>, enabled: bool) -> Result<(), ServiceError> {
        self.toggle(sender.caller.actor(), MediaSource::Microphone, enabled).await
    }

    pub(super) async fn toggle_video(&mut self, sender: Sender<'_>, enabled: bool) -> Result<(), ServiceError> {
        self.toggle(sender.caller.actor(), MediaSource::Camera, enabled).await
    }

    /// Turns a source of somebody off, also where it is: in the media room.
    pub(super) async fn mute(&mut self, target: Target, source: MediaSource) -> Result<(), ServiceError> {
        for user in self.inside(target).await? {
            let who = self.actor(&user).await?;
            let muted = RoomEvent::MuteParticipant {
                client_id: who.client_id.clone(),
                display_name: who.display_name.clone(),
                source,
            };
            self.tell(Draft::new(muted, Audience::hosts_and(vec![user.clone()]))).await?;
            self.toggle(who, source, false).await?;
            if let Self::Session(change) = self {
                let (session_id, now) = (change.session.id, change.now);
                let connections = change.work().livekit().list_of_user(session_id, &user).await?;
                if connections.iter().any(|connection| connection.left_at.is_none()) {
                    let until = now.plus(MUTE_WANTED_FOR);
                    change.schedule(Work::MuteTrack { session_id, user_id: user, source, until }, now).await?;
                }
            }
        }
        Ok(())
    }

    pub(super) async fn ask_unmute(&mut self, target: Target) -> Result<(), ServiceError> {
        for user in self.inside(target).await? {
            let asked = RoomEvent::AskUnmute(self.actor(&user).await?);
            self.tell(Draft::new(asked, Audience::hosts_and(vec![user]))).await?;
        }
        Ok(())
    }

    /// Those who are in and whom a target names; all are those who do not lead.
    async fn inside(&self, target: Target) -> Result<Vec<UserId>, ServiceError> {
        let named = self.named(target, |role| role > RoomRole::Waiting && role < RoomRole::Host).await?;
        match named.iter().find(|(_, role)| *role == RoomRole::Waiting) {
            Some((user, _)) => Err(not_here(user)),
            None => Ok(named.into_iter().map(|(user, _)| user).collect()),
        }
    }

    /// Notes a source as on or off, and tells it where that is new. A screen is no state of the room's.
    async fn toggle(&mut self, who: Actor, source: MediaSource, enabled: bool) -> Result<(), ServiceError> {
        let mut member = self.member_or_new(&who.client_id).await?;
        let (client_id, display_name) = (who.client_id, who.display_name);
        let (state, event) = match source {
            MediaSource::Microphone => (&mut member.audio, RoomEvent::ToggleAudio { client_id, display_name, enabled }),
            MediaSource::Camera => (&mut member.video, RoomEvent::ToggleVideo { client_id, display_name, enabled }),
            MediaSource::Screen => return Ok(()),
        };
        if *state == enabled {
            return Ok(());
        }
        *state = enabled;
        self.work().rooms().put_member(&member).await?;
        self.tell(Draft::new(event, Audience::admitted())).await
    }
}
