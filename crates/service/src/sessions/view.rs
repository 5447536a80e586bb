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
    let scene = Scene::of(store, &[session.id], shown).await?;
    let count = store.roll().count_present(&[session.id], None).await?;
    let users = users_of(store, std::slice::from_ref(session), shown).await?;
    let artifacts = store.artifacts().list(session.id).await?;
    let public_url = &services.inner.settings.public_url;
    let artifacts = artifacts.iter().map(|file| ArtifactView::new(file, public_url)).collect();
    let names = Names { users, classes: classes_of(store, std::slice::from_ref(session)).await? };
    Ok(assemble(services, session, (shown, present_in(&count, session)), &scene, &names, artifacts))
}

/// Several sessions, in their order, with a fixed number of queries.
pub(super) async fn views_of(
    services: &Services,
    store: &impl Store,
    sessions: &[Session],
) -> Result<Vec<SessionView>, ServiceError> {
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let participants = store.participants().first_of_many(&ids).await?;
    let scene = Scene::of(store, &ids, &participants).await?;
    let counts = store.roll().count_present(&ids, None).await?;
    let users = users_of(store, sessions, &participants).await?;
    let names = Names { users, classes: classes_of(store, sessions).await? };
    let artifacts = store.artifacts().list_of_many(&ids).await?;
    let public_url = &services.inner.settings.public_url;
    let views = sessions.iter().map(|session| {
        let own: Vec<Participant> =
            participants.iter().filter(|participant| participant.session_id == session.id).cloned().collect();
        let files = artifacts.iter().filter(|file| file.session_id == session.id);
        let files = files.map(|file| ArtifactView::new(file, public_url)).collect();
        assemble(services, session, (&own, present_in(&counts, session)), &scene, &names, files)
    });
    Ok(views.collect())
}

/// The participants alone.
pub(super) async fn participant_views(
    store: &impl Store,
    session: &Session,
    participants: &[Participant],
) -> Result<Vec<ParticipantView>, ServiceError> {
    let scene = Scene::of(store, &[session.id], participants).await?;
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

/// What those who are shown do at the moment, in several sessions.
struct Scene {
    present: HashSet<(SessionId, UserId)>,
    hands: HashSet<(SessionId, UserId)>,
}

impl Scene {
    async fn of(store: &impl Store, ids: &[SessionId], shown: &[Participant]) -> Result<Self, ServiceError> {
        let rooms: Vec<RoomId> = ids.iter().map(|id| RoomId(id.0)).collect();
        let raised = store.hands().list_raised(&rooms).await?;
        let users: HashSet<&UserId> = shown.iter().map(|participant| &participant.user_id).collect();
        Ok(Self {
            present: store.roll().present_among(ids, users).await?,
            hands: raised.into_iter().map(|(room, user)| (SessionId(room.0), user)).collect(),
        })
    }
}

fn present_in(counts: &HashMap<SessionId, u64>, session: &Session) -> u32 {
    counts.get(&session.id).map_or(0, |count| u32::try_from(*count).unwrap_or(u32::MAX))
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
    (shown, count): (&[Participant], u32),
    scene: &Scene,
    names: &Names,
    artifacts: Vec<ArtifactView>,
) -> SessionView {
    let public_url = &services.inner.settings.public_url;
    let participants = show(shown, scene, &names.users);
    let view = SessionView::new(session, names.user(&session.created_by), count, participants, artifacts, public_url);
    let Some(lesson) = &session.lesson else { return view };
    let class = lesson.class_id.and_then(|id| names.classes.get(&id));
    view.with_lesson(lesson, class, names.user(&lesson.teacher_id))
}
