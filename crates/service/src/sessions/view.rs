//! Putting a session together with names, presence and files.

use std::collections::{HashMap, HashSet};

use mockly_data::{Appearance, Store};
use mockly_domain::view::{ArtifactView, ParticipantView, SessionView};
use mockly_domain::{Class, ClassId, Participant, ParticipantId, Session, SessionId, UserId};

use crate::{ServiceError, Services};

/// A user without any name is called so.
const NAMELESS: &str = "User";

/// One session with the participants that are to be shown.
pub(super) async fn view_of(
    services: &Services,
    store: &impl Store,
    session: &Session,
    shown: &[Participant],
) -> Result<SessionView, ServiceError> {
    let scene = Scene::of(store, std::slice::from_ref(session), shown).await?;
    let count = store.roll().count_present(&[session.id], None).await?;
    let artifacts = store.artifacts().list(session.id).await?;
    let public_url = &services.inner.settings.public_url;
    let artifacts = artifacts.iter().map(|file| ArtifactView::new(file, public_url)).collect();
    let participants = shown.iter().map(|participant| scene.show(participant)).collect();
    Ok(assemble(services, session, &scene, participants, present_in(&count, session), artifacts))
}

/// Several sessions, in their order, with a fixed number of queries.
pub(super) async fn views_of(
    services: &Services,
    store: &impl Store,
    sessions: &[Session],
) -> Result<Vec<SessionView>, ServiceError> {
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let participants = store.participants().first_of_many(&ids).await?;
    let scene = Scene::of(store, sessions, &participants).await?;
    let counts = store.roll().count_present(&ids, None).await?;
    let artifacts = store.artifacts().list_of_many(&ids).await?;
    let public_url = &services.inner.settings.public_url;
    let views = sessions.iter().map(|session| {
        let own = participants.iter().filter(|participant| participant.session_id == session.id);
        let own = own.map(|participant| scene.show(participant)).collect();
        let files = artifacts.iter().filter(|file| file.session_id == session.id);
        let files = files.map(|file| ArtifactView::new(file, public_url)).collect();
        assemble(services, session, &scene, own, present_in(&counts, session), files)
    });
    Ok(views.collect())
}

/// The participants alone.
pub(super) async fn participant_views(
    store: &impl Store,
    participants: &[Participant],
) -> Result<Vec<ParticipantView>, ServiceError> {
    let scene = Scene::new(store.roll().appearances(participants.iter().map(|participant| participant.id)).await?);
    Ok(participants.iter().map(|participant| scene.show(participant)).collect())
}

/// Who and what the views of some sessions have by name, and what those who are shown do at the moment.
struct Scene {
    appearances: HashMap<ParticipantId, Appearance>,
    /// Of creators and teachers.
    names: HashMap<UserId, String>,
    classes: HashMap<ClassId, Class>,
}

impl Scene {
    fn new(appearances: Vec<Appearance>) -> Self {
        let appearances = appearances.into_iter().map(|one| (one.place, one)).collect();
        Self { appearances, names: HashMap::new(), classes: HashMap::new() }
    }

    async fn of(store: &impl Store, sessions: &[Session], shown: &[Participant]) -> Result<Self, ServiceError> {
        let appearances = store.roll().appearances(shown.iter().map(|participant| participant.id)).await?;
        let mut names: HashMap<UserId, String> = appearances
            .iter()
            .filter_map(|one| one.display_name.clone().map(|name| (one.user_id.clone(), name)))
            .collect();
        let named = sessions.iter().flat_map(|session| {
            let teacher = session.lesson.as_ref().map(|lesson| &lesson.teacher_id);
            std::iter::once(&session.created_by).chain(teacher)
        });
        // Most of them take part.
        let others: HashSet<&UserId> = named.filter(|user| !names.contains_key(*user)).collect();
        if !others.is_empty() {
            let others = store.users().find_many(others).await?;
            names.extend(others.into_iter().map(|(id, user)| (id, user.display_name)));
        }
        Ok(Self { names, classes: classes_of(store, sessions).await?, ..Self::new(appearances) })
    }

    fn name(&self, id: &UserId) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| NAMELESS.to_owned())
    }

    fn show(&self, participant: &Participant) -> ParticipantView {
        let one = self.appearances.get(&participant.id);
        ParticipantView::new(
            participant,
            one.and_then(|one| one.display_name.clone()).unwrap_or_else(|| NAMELESS.to_owned()),
            one.and_then(|one| one.avatar_url.clone()),
            one.is_some_and(|one| one.online),
            one.is_some_and(|one| one.is_hand_raised),
        )
    }
}

async fn classes_of(store: &impl Store, sessions: &[Session]) -> Result<HashMap<ClassId, Class>, ServiceError> {
    let ids: HashSet<ClassId> =
        sessions.iter().filter_map(|session| session.lesson.as_ref().and_then(|lesson| lesson.class_id)).collect();
    Ok(store.classes().find_many(&ids.into_iter().collect::<Vec<_>>()).await?)
}

fn present_in(counts: &HashMap<SessionId, u64>, session: &Session) -> u32 {
    counts.get(&session.id).map_or(0, |count| u32::try_from(*count).unwrap_or(u32::MAX))
}

fn assemble(
    services: &Services,
    session: &Session,
    scene: &Scene,
    participants: Vec<ParticipantView>,
    count: u32,
    artifacts: Vec<ArtifactView>,
) -> SessionView {
    let public_url = &services.inner.settings.public_url;
    let creator = scene.name(&session.created_by);
    let view = SessionView::new(session, creator, count, participants, artifacts, public_url);
    let Some(lesson) = &session.lesson else { return view };
    let class = lesson.class_id.and_then(|id| scene.classes.get(&id));
    view.with_lesson(lesson, class, scene.name(&lesson.teacher_id))
}
