//! Polls: one vote per user, changeable until the poll is closed; kept with the session.

use mockly_data::{PollRow, Store};
use mockly_domain::room::{Audience, CHAT_CHARS_MAX, POLL_OPTION_CHARS_MAX, POLL_OPTIONS, RoomEvent};
use mockly_domain::{ErrorCode, PollId};

use super::chat::require_storable;
use super::command::Sender;
use super::log::Draft;
use super::open_polls::{own_vote, views};
use super::unit::Room;
use crate::ServiceError;

/// Most polls of a room.
const POLLS_MAX: u64 = 200;
/// Most of them that are open at a time: whoever comes in gets them all at once, and of the largest one has 18 KB.
const OPEN_POLLS_MAX: usize = 20;

impl Room<'_> {
    pub(super) async fn create_poll(
        &mut self,
        sender: Sender<'_>,
        question: &str,
        options: Vec<String>,
    ) -> Result<(), ServiceError> {
        let question = question.trim();
        if !(1..=CHAT_CHARS_MAX).contains(&question.chars().count()) {
            return Err(ServiceError::field(
                "chatContent",
                "must be 1 to 1000 characters long, blanks around it apart",
            ));
        }
        let options: Vec<String> = options.iter().map(|option| option.trim().to_owned()).collect();
        let fits = |option: &String| (1..=POLL_OPTION_CHARS_MAX).contains(&option.chars().count());
        if !POLL_OPTIONS.contains(&options.len()) || !options.iter().all(fits) {
            return Err(ServiceError::field("options", "must be 2 to 10 answers of 1 to 200 characters each"));
        }
        require_storable("chatContent", question)?;
        options.iter().try_for_each(|option| require_storable("options", option))?;
        if self.work().polls().count(self.id()).await? >= POLLS_MAX {
            return Err(ServiceError::refused(
                ErrorCode::LimitExceeded,
                format!("A room has at most {POLLS_MAX} polls."),
            ));
        }
        if self.work().polls().list_open(self.id()).await?.len() >= OPEN_POLLS_MAX {
            return Err(ServiceError::refused(
                ErrorCode::LimitExceeded,
                format!("A room has at most {OPEN_POLLS_MAX} open polls; close one first."),
            ));
        }
        let poll = PollRow {
            id: PollId(self.services().inner.ids.uuid()),
            room_id: self.id(),
            created_by: sender.caller.user_id().clone(),
            question: question.to_owned(),
            options,
            created_at: self.now(),
            closed_at: None,
        };
        self.work().polls().insert(&poll).await?;
        self.tell_poll(&poll).await
    }

    pub(super) async fn vote_poll(
        &mut self,
        sender: Sender<'_>,
        poll_id: PollId,
        option_id: &str,
    ) -> Result<(), ServiceError> {
        let poll = self.find_poll(poll_id).await?;
        if poll.closed_at.is_some() {
            return Err(ErrorCode::PollClosed.into());
        }
        let number = number_of(option_id, &poll)
            .ok_or_else(|| ServiceError::field("optionId", "must be the `id` of one of the poll's options"))?;
        let voter = sender.caller.user_id();
        self.work().polls().vote(poll_id, voter, number).await?;
        self.tell_poll(&poll).await?;
        // In all of their tabs.
        let vote = own_vote(sender.caller.actor(), poll_id, number);
        self.tell(Draft::new(vote, Audience::only(vec![voter.clone()]))).await
    }

    pub(super) async fn close_poll(&mut self, poll_id: PollId) -> Result<(), ServiceError> {
        let mut poll = self.find_poll(poll_id).await?;
        let now = self.now();
        if !self.work().polls().close(poll_id, now).await? {
            return Ok(());
        }
        poll.closed_at = Some(now);
        self.tell_poll(&poll).await
    }

    async fn find_poll(&self, id: PollId) -> Result<PollRow, ServiceError> {
        Ok(self.work().polls().find(self.id(), id).await?.ok_or(ErrorCode::PollNotFound)?)
    }

    async fn tell_poll(&mut self, poll: &PollRow) -> Result<(), ServiceError> {
        let views = views(self.work(), std::slice::from_ref(poll)).await?;
        for view in views {
            self.tell(Draft::new(RoomEvent::Poll(view), Audience::admitted())).await?;
        }
        Ok(())
    }
}

fn number_of(option_id: &str, poll: &PollRow) -> Option<i32> {
    let number: i32 = option_id.parse().ok()?;
    let place = usize::try_from(number).ok()?;
    (1..=poll.options.len()).contains(&place).then_some(number)
}
