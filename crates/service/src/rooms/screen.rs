//! Screen sharing: only by a host's leave, which LiveKit is told of as well.

use mockly_data::Store;
use mockly_domain::UserId;
use mockly_domain::room::{Audience, RoomEvent, RoomRole, Target};

use super::command::{Sender, not_here};
use super::log::Draft;
use super::unit::Room;
use crate::ServiceError;

impl Room<'_> {
    pub(super) async fn request_screenshare(&mut self, sender: Sender<'_>) -> Result<(), ServiceError> {
        self.tell(Draft::new(RoomEvent::RequestScreenshare(sender.caller.actor()), Audience::hosts())).await
    }

    pub(super) async fn accept_screenshare(&mut self, target: Target) -> Result<(), ServiceError> {
        for (user, role) in self.named(target, |role| role == RoomRole::Participant).await? {
            if role == RoomRole::Waiting {
                return Err(not_here(&user));
            }
            let accepted = RoomEvent::AcceptScreenshare(self.actor(&user).await?);
            let draft = Draft::new(accepted, Audience::hosts_and(vec![user.clone()]));
            if role == RoomRole::Participant {
                self.tell(draft.with_role(&user, Some(RoomRole::Screenshare))).await?;
                self.let_share(&user, true).await?;
            } else {
                self.tell(draft).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn deny_screenshare(&mut self, target: Target) -> Result<(), ServiceError> {
        for (user, role) in self.named(target, |role| role == RoomRole::Screenshare).await? {
            if role == RoomRole::Waiting {
                return Err(not_here(&user));
            }
            let denied = RoomEvent::DenyScreenshare(self.actor(&user).await?);
            let draft = Draft::new(denied, Audience::hosts_and(vec![user.clone()]));
            if role == RoomRole::Screenshare {
                self.tell(draft.with_role(&user, Some(RoomRole::Participant))).await?;
                self.let_share(&user, false).await?;
            } else {
                self.tell(draft).await?;
            }
        }
        Ok(())
    }

    /// Stops the own share; a host stops everybody's.
    pub(super) async fn stop_screenshare(&mut self, sender: Sender<'_>) -> Result<(), ServiceError> {
        if sender.role != RoomRole::Host {
            let user = sender.caller.user_id();
            let stopped = Draft::new(RoomEvent::StopScreenshare(sender.caller.actor()), Audience::everyone());
            self.tell(stopped.with_role(user, Some(RoomRole::Participant))).await?;
            return self.let_share(user, false).await;
        }
        let sharing = self.named(Target::All, |role| role == RoomRole::Screenshare).await?;
        for (user, _) in sharing {
            let stopped = Draft::new(RoomEvent::StopScreenshare(self.actor(&user).await?), Audience::everyone());
            self.tell(stopped.with_role(&user, Some(RoomRole::Participant))).await?;
            self.let_share(&user, false).await?;
        }
        self.tell(Draft::new(RoomEvent::StopScreenshare(sender.caller.actor()), Audience::everyone())).await
    }

    async fn let_share(&mut self, user: &UserId, may_share: bool) -> Result<(), ServiceError> {
        let mut member = self.member_or_new(user).await?;
        member.may_share = may_share;
        self.work().rooms().put_member(&member).await?;
        self.role_changed(user);
        self.update_grant(user).await
    }
}
