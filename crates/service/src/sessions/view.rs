//! Putting a session together with names, presence and files.

use std::collections::{HashMap, HashSet};

use mockly_data::{LivekitParticipant, Store};
use mockly_domain::view::{ArtifactView, ParticipantView, SessionView};
use mockly_domain::{Participant, Session, SessionId, User, UserId};

use crate::{ServiceError, Services};

/// One session with the participants that are to be shown.
pub(super) async fn view_of(
    services: &Services,
    store: &impl Store,
    session: &Session,
    shown: &[Participant],
) -> Result<SessionView, ServiceError> {
    let present = store.livekit().list_present(&[session.id]).await?;
    let users = users_of(store, std::slice::from_ref(session), shown).await?;
    let artifacts = store.artifacts().list(session.id).await?;
    let artifacts = artifacts.iter().map(ArtifactView::from).collect();
    Ok(assemble(services, session, shown, &present_users(&present, session.id), &users, artifacts))
}

/// Several sessions, in their order, with a fixed number of queries.
pub(super) async fn views_of(
    services: &Services,
    store: &impl Store,
    sessions: &[Session],
) -> Result<Vec<SessionView>, ServiceError> {
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let participants = store.participants().first_of_many(&ids).await?;
    let present = store.livekit().list_present(&ids).await?;
    let users = users_of(store, sessions, &participants).await?;
    let artifacts = store.artifacts().list_of_many(&ids).await?;
    let views = sessions.iter().map(|session| {
        let own: Vec<Participant> =
            participants.iter().filter(|participant| participant.session_id == session.id).cloned().collect();
        let files = artifacts.iter().filter(|file| file.session_id == session.id).map(ArtifactView::from).collect();
        assemble(services, session, &own, &present_users(&present, session.id), &users, files)
    });
    Ok(views.collect())
}

/// The participants alone.
pub(super) async fn participant_views(
    store: &impl Store,
    session: &Session,
    participants: &[Participant],
) -> Result<Vec<ParticipantView>, ServiceError> {
    let present = store.livekit().list_present(&[session.id]).await?;
    let users = users_of(store, std::slice::from_ref(session), participants).await?;
    Ok(show(participants, &present_users(&present, session.id), &users))
}

async fn users_of(
    store: &impl Store,
    sessions: &[Session],
    participants: &[Participant],
) -> Result<HashMap<UserId, User>, ServiceError> {
    let ids: HashSet<&UserId> = participants
        .iter()
        .map(|participant| &participant.user_id)
        .chain(sessions.iter().map(|session| &session.created_by))
        .collect();
    Ok(store.users().find_many(ids).await?)
}

fn present_users(present: &[LivekitParticipant], id: SessionId) -> HashSet<&UserId> {
    present.iter().filter(|connection| connection.session_id == id).map(|connection| &connection.user_id).collect()
}

fn show(
    participants: &[Participant],
    present: &HashSet<&UserId>,
    users: &HashMap<UserId, User>,
) -> Vec<ParticipantView> {
    participants
        .iter()
        .map(|participant| {
            let online = present.contains(&participant.user_id);
            ParticipantView::new(participant, users.get(&participant.user_id), online)
        })
        .collect()
}

fn assemble(
    services: &Services,
    session: &Session,
    shown: &[Participant],
    present: &HashSet<&UserId>,
    users: &HashMap<UserId, User>,
    artifacts: Vec<ArtifactView>,
) -> SessionView {
    let creator = users.get(&session.created_by).map_or_else(|| "User".to_owned(), |user| user.display_name.clone());
    let count = u32::try_from(present.len()).unwrap_or(u32::MAX);
    let public_url = &services.inner.settings.public_url;
    SessionView::new(session, creator, count, show(shown, present, users), artifacts, public_url)
}
