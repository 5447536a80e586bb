//! Putting a session together with names, presence and files.

use std::collections::{HashMap, HashSet};

use mockly_data::Store;
use mockly_domain::view::{ArtifactView, ParticipantView, SessionView};
use mockly_domain::{Class, ClassId, Participant, RoomId, Session, SessionId, User, UserId};

use crate::{ServiceError, Services};

/// One session with the participants that are to be shown.
pub(super) async fn view_of(
    services: &Services,
    store: &impl Store,
    session: &Session,
    shown: &[Participant],
) -> Result<SessionView, ServiceError> {
    let scene = Scene::of(store, &[session.id]).await?;
    let users = users_of(store, std::slice::from_ref(session), shown).await?;
    let artifacts = store.artifacts().list(session.id).await?;
    let public_url = &services.inner.settings.public_url;
    let artifacts = artifacts.iter().map(|file| ArtifactView::new(file, public_url)).collect();
    let names = Names { users, classes: classes_of(store, std::slice::from_ref(session)).await? };
    Ok(assemble(services, session, shown, &scene, &names, artifacts))
}

/// Several sessions, in their order, with a fixed number of queries.
pub(super) async fn views_of(
    services: &Services,
    store: &impl Store,
    sessions: &[Session],
) -> Result<Vec<SessionView>, ServiceError> {
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let participants = store.participants().first_of_many(&ids).await?;
    let scene = Scene::of(store, &ids).await?;
    let users = users_of(store, sessions, &participants).await?;
    let names = Names { users, classes: classes_of(store, sessions).await? };
    let artifacts = store.artifacts().list_of_many(&ids).await?;
    let public_url = &services.inner.settings.public_url;
    let views = sessions.iter().map(|session| {
        let own: Vec<Participant> =
            participants.iter().filter(|participant| participant.session_id == session.id).cloned().collect();
        let files = artifacts.iter().filter(|file| file.session_id == session.id);
        let files = files.map(|file| ArtifactView::new(file, public_url)).collect();
        assemble(services, session, &own, &scene, &names, files)
    });
    Ok(views.collect())
}

/// The participants alone.
pub(super) async fn participant_views(
    store: &impl Store,
    session: &Session,
    participants: &[Participant],
) -> Result<Vec<ParticipantView>, ServiceError> {
    let scene = Scene::of(store, &[session.id]).await?;
    let users = users_of(store, std::slice::from_ref(session), participants).await?;
    Ok(show(participants, &scene, &users))
}

/// Who and what a view has by name.
struct Names {
    users: HashMap<UserId, User>,
    classes: HashMap<ClassId, Class>,
}

impl Names {
    fn user(&self, id: &UserId) -> String {
        self.users.get(id).map_or_else(|| "User".to_owned(), |user| user.display_name.clone())
    }
}

async fn classes_of(store: &impl Store, sessions: &[Session]) -> Result<HashMap<ClassId, Class>, ServiceError> {
    let ids: HashSet<ClassId> =
        sessions.iter().filter_map(|session| session.lesson.as_ref().and_then(|lesson| lesson.class_id)).collect();
    Ok(store.classes().find_many(&ids.into_iter().collect::<Vec<_>>()).await?)
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
        .chain(sessions.iter().filter_map(|session| session.lesson.as_ref().map(|lesson| &lesson.teacher_id)))
        .collect();
    Ok(store.users().find_many(ids).await?)
}

/// Who is where at the moment, in several sessions.
struct Scene {
    present: HashSet<(SessionId, UserId)>,
    hands: HashSet<(SessionId, UserId)>,
}

impl Scene {
    async fn of(store: &impl Store, ids: &[SessionId]) -> Result<Self, ServiceError> {
        let rooms: Vec<RoomId> = ids.iter().map(|id| RoomId(id.0)).collect();
        let raised = store.hands().list_raised(&rooms).await?;
        Ok(Self {
            present: present_users(store, ids).await?,
            hands: raised.into_iter().map(|(room, user)| (SessionId(room.0), user)).collect(),
        })
    }
}

/// Distinct users who are in and connected, at a door or in the media room, as pairs of session and user.
pub(crate) async fn present_users(
    store: &impl Store,
    ids: &[SessionId],
) -> Result<HashSet<(SessionId, UserId)>, ServiceError> {
    let mut present = present_in_media(store, ids).await?;
    present.extend(store.room_connections().present_users(ids).await?);
    Ok(present)
}

/// Those of the media room.
pub(crate) async fn present_in_media(
    store: &impl Store,
    ids: &[SessionId],
) -> Result<HashSet<(SessionId, UserId)>, ServiceError> {
    let connections = store.livekit().list_present(ids).await?;
    Ok(connections.into_iter().map(|connection| (connection.session_id, connection.user_id)).collect())
}

fn show(participants: &[Participant], scene: &Scene, users: &HashMap<UserId, User>) -> Vec<ParticipantView> {
    participants
        .iter()
        .map(|participant| {
            let key = (participant.session_id, participant.user_id.clone());
            let user = users.get(&participant.user_id);
            ParticipantView::new(participant, user, scene.present.contains(&key), scene.hands.contains(&key))
        })
        .collect()
}

fn assemble(
    services: &Services,
    session: &Session,
    shown: &[Participant],
    scene: &Scene,
    names: &Names,
    artifacts: Vec<ArtifactView>,
) -> SessionView {
    let present = scene.present.iter().filter(|(id, _)| *id == session.id).count();
    let count = u32::try_from(present).unwrap_or(u32::MAX);
    let public_url = &services.inner.settings.public_url;
    let participants = show(shown, scene, &names.users);
    let view = SessionView::new(session, names.user(&session.created_by), count, participants, artifacts, public_url);
    let Some(lesson) = &session.lesson else { return view };
    let class = lesson.class_id.and_then(|id| names.classes.get(&id));
    view.with_lesson(lesson, class, names.user(&lesson.teacher_id))
}
