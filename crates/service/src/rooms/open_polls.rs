//! The open polls: those who come in, or are let in, meet them all, and their own votes.

use std::collections::HashMap;

use mockly_data::{PollRow, Store};
use mockly_domain::room::{Actor, Audience, PollOption, PollView, RoomEvent, RoomRole};
use mockly_domain::{PollId, RoomId, UserId};

use super::log::Draft;
use crate::{Principal, ServiceError};

/// The open polls and the own votes, for one who comes in.
pub(super) async fn of_entrant(
    store: &impl Store,
    room_id: RoomId,
    caller: &Principal,
    role: RoomRole,
) -> Result<Vec<RoomEvent>, ServiceError> {
    if role == RoomRole::Waiting {
        return Ok(Vec::new());
    }
    let open = store.polls().list_open(room_id).await?;
    let votes = store.polls().votes_of(&ids(&open), std::slice::from_ref(caller.user_id())).await?;
    let own = votes.into_iter().map(|(_, poll_id, number)| own_vote(caller.actor(), poll_id, number));
    Ok(views(store, &open).await?.into_iter().map(RoomEvent::Poll).chain(own).collect())
}

/// The open polls for an audience in which several are who were just let in, and to each of these their own votes.
pub(super) async fn of_admitted(
    store: &impl Store,
    room_id: RoomId,
    admitted: &[UserId],
    audience: &Audience,
) -> Result<Vec<Draft>, ServiceError> {
    let open = store.polls().list_open(room_id).await?;
    let votes = store.polls().votes_of(&ids(&open), admitted).await?;
    let voters = store.users().find_many(votes.iter().map(|(voter, ..)| voter)).await?;
    let own = votes.into_iter().filter_map(|(voter, poll_id, number)| {
        let display_name = voters.get(&voter)?.display_name.clone();
        let vote = own_vote(Actor { client_id: voter.clone(), display_name }, poll_id, number);
        Some(Draft::new(vote, Audience::only(vec![voter])))
    });
    let polls = views(store, &open).await?.into_iter();
    Ok(polls.map(|view| Draft::new(RoomEvent::Poll(view), audience.clone())).chain(own).collect())
}

fn ids(polls: &[PollRow]) -> Vec<PollId> {
    polls.iter().map(|poll| poll.id).collect()
}

/// Polls as everybody sees them.
pub(super) async fn views(store: &impl Store, polls: &[PollRow]) -> Result<Vec<PollView>, ServiceError> {
    if polls.is_empty() {
        return Ok(Vec::new());
    }
    let counted = store.polls().count_votes(&ids(polls)).await?;
    let votes: HashMap<(PollId, i32), u32> =
        counted.into_iter().map(|(id, number, votes)| ((id, number), votes)).collect();
    let view = |poll: &PollRow| PollView {
        poll_id: poll.id,
        question: poll.question.clone(),
        options: (1..)
            .zip(&poll.options)
            .map(|(number, text)| PollOption {
                id: number.to_string(),
                text: text.clone(),
                votes: votes.get(&(poll.id, number)).copied().unwrap_or(0),
            })
            .collect(),
        closed: poll.closed_at.is_some(),
    };
    Ok(polls.iter().map(view).collect())
}

/// What a voter alone hears.
pub(super) fn own_vote(voter: Actor, poll_id: PollId, number: i32) -> RoomEvent {
    RoomEvent::VotePoll {
        client_id: voter.client_id,
        display_name: voter.display_name,
        poll_id,
        option_id: number.to_string(),
    }
}
