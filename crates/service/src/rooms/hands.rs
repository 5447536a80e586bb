//! Hands: raised by oneself, lowered by oneself or a host, and by leaving.

use mockly_data::Store;
use mockly_domain::ErrorCode;
use mockly_domain::room::{Audience, RoomEvent, RoomRole, Target};

use super::command::Sender;
use super::log::Draft;
use super::unit::Room;
use crate::ServiceError;

impl Room<'_> {
    pub(super) async fn raise_hand(&mut self, sender: Sender<'_>) -> Result<(), ServiceError> {
        let (user, now) = (sender.caller.user_id(), self.now());
        if self.work().hands().is_raised(self.id(), user).await? {
            return Ok(());
        }
        self.work().hands().raise(self.id(), user, now).await?;
        let who = sender.caller.actor();
        if let Self::Session(change) = self {
            change.notify_hand(&who).await?;
        }
        self.tell(Draft::new(RoomEvent::RaiseHand(who), Audience::admitted())).await
    }

    pub(super) async fn lower_hand(&mut self, sender: Sender<'_>, target: Option<Target>) -> Result<(), ServiceError> {
        let own = sender.caller.user_id();
        let users = match target {
            None => vec![own.clone()],
            Some(Target::User(user)) if user == *own => vec![user],
            Some(Target::User(_)) if sender.role != RoomRole::Host => {
                let detail = "Only hosts lower other people's hands; leave `clientId` out to lower your own.";
                return Err(ServiceError::refused(ErrorCode::ForgedIdentity, detail));
            }
            Some(Target::All) if sender.role != RoomRole::Host => {
                return Err(ServiceError::refused(ErrorCode::Forbidden, "Only hosts lower other people's hands."));
            }
            Some(Target::User(user)) => vec![user],
            Some(Target::All) => {
                let raised = self.work().hands().list_raised(&[self.id()]).await?;
                raised.into_iter().map(|(_, user)| user).collect()
            }
        };
        let now = self.now();
        for user in users {
            if self.work().hands().lower(self.id(), &user, now).await? {
                let lowered = RoomEvent::LowerHand(self.actor(&user).await?);
                self.tell(Draft::new(lowered, Audience::admitted())).await?;
            }
        }
        Ok(())
    }
}
