//! Putting a session together with names, presence and files.

use std::collections::{HashMap, HashSet};

use mockly_data::{SessionParts, Shown, Store, parts_of};
use mockly_domain::event::PARTICIPANTS_INLINE_MAX;
use mockly_domain::view::{ArtifactView, ParticipantView, SessionView};
use mockly_domain::{Artifact, Class, ClassId, Session, SessionId, UserId};

use crate::{ServiceError, Services};

/// A user without any name is called so.
const NAMELESS: &str = "User";

/// The participants that a session is shown with, at most 50.
pub(super) struct Cast {
    pub(super) shown: Vec<Shown>,
    /// There is nobody else in the session.
    pub(super) is_everyone: bool,
}

impl Cast {
    /// The first 50 in the order of their invitation.
    pub(super) async fn first(store: &impl Store, id: SessionId) -> Result<Self, ServiceError> {
        Ok(Self::of_first(store.roll().shown(id, 0, SessionParts::SHOWN_MAX).await?))
    }

    fn of_first(mut shown: Vec<Shown>) -> Self {
        let is_everyone = shown.len() <= PARTICIPANTS_INLINE_MAX;
        shown.truncate(PARTICIPANTS_INLINE_MAX);
        Self { shown, is_everyone }
    }

    /// How many are present, where those who are shown tell: nobody is present without a place.
    fn present(&self) -> Option<u64> {
        self.is_everyone.then(|| self.shown.iter().filter(|one| one.online).count() as u64)
    }
}

/// One session for a reader; who reads at the same moment reads together.
pub(super) async fn view_for_reader(services: &Services, session: &Session) -> Result<SessionView, ServiceError> {
    let SessionParts { shown, artifacts } = services.db().find_parts(session.id).await?;
    put_together(services, services.db(), session, &Cast::of_first(shown), &artifacts).await
}

/// One session with the participants that are to be shown.
pub(super) async fn view_of(
    services: &Services,
    store: &impl Store,
    session: &Session,
    cast: &Cast,
) -> Result<SessionView, ServiceError> {
    let artifacts = store.artifacts().list(session.id).await?;
    put_together(services, store, session, cast, &artifacts).await
}

async fn put_together(
    services: &Services,
    store: &impl Store,
    session: &Session,
    cast: &Cast,
    artifacts: &[Artifact],
) -> Result<SessionView, ServiceError> {
    let scene = Scene::of(store, std::slice::from_ref(session), cast.shown.iter()).await?;
    let present = match cast.present() {
        Some(present) => present,
        None => store.roll().count_present(&[session.id], None).await?.get(&session.id).copied().unwrap_or(0),
    };
    Ok(scene.view(services, session, &cast.shown, present, artifacts))
}

/// Several sessions, in their order, with a fixed number of queries.
pub(super) async fn views_of(
    services: &Services,
    store: &impl Store,
    sessions: &[Session],
) -> Result<Vec<SessionView>, ServiceError> {
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let mut parts = parts_of(store, &ids).await?;
    let scene = Scene::of(store, sessions, parts.values().flat_map(|parts| &parts.shown)).await?;
    let parts = ids.iter().map(|id| parts.remove(id).unwrap_or_default());
    let parts: Vec<_> = parts.map(|SessionParts { shown, artifacts }| (Cast::of_first(shown), artifacts)).collect();
    let large = ids.iter().zip(&parts).filter(|(_, (cast, _))| !cast.is_everyone).map(|(id, _)| *id);
    let present = store.roll().count_present(&large.collect::<Vec<_>>(), None).await?;
    let views = sessions.iter().zip(&parts).map(|(session, (cast, artifacts))| {
        let present = cast.present().or_else(|| present.get(&session.id).copied()).unwrap_or(0);
        scene.view(services, session, &cast.shown, present, artifacts)
    });
    Ok(views.collect())
}

/// A participant alone.
pub(super) fn participant_view(shown: &Shown) -> ParticipantView {
    ParticipantView::new(
        &shown.place,
        shown.display_name.clone().unwrap_or_else(|| NAMELESS.to_owned()),
        shown.avatar_url.clone(),
        shown.online,
        shown.is_hand_raised,
    )
}

/// The names of users and classes that the views of some sessions have.
struct Scene {
    /// Of everyone who is shown, creators and teachers.
    names: HashMap<UserId, String>,
    classes: HashMap<ClassId, Class>,
}

impl Scene {
    async fn of(
        store: &impl Store,
        sessions: &[Session],
        shown: impl Iterator<Item = &Shown>,
    ) -> Result<Self, ServiceError> {
        let mut names: HashMap<UserId, String> =
            shown.filter_map(|one| one.display_name.clone().map(|name| (one.place.user_id.clone(), name))).collect();
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
        Ok(Self { names, classes: classes_of(store, sessions).await? })
    }

    fn name(&self, id: &UserId) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| NAMELESS.to_owned())
    }

    fn view(
        &self,
        services: &Services,
        session: &Session,
        shown: &[Shown],
        present: u64,
        artifacts: &[Artifact],
    ) -> SessionView {
        let public_url = &services.inner.settings.public_url;
        let present = u32::try_from(present).unwrap_or(u32::MAX);
        let participants = shown.iter().map(participant_view).collect();
        let artifacts = artifacts.iter().map(|file| ArtifactView::new(file, public_url)).collect();
        let creator = self.name(&session.created_by);
        let view = SessionView::new(session, creator, present, participants, artifacts, public_url);
        let Some(lesson) = &session.lesson else { return view };
        let class = lesson.class_id.and_then(|id| self.classes.get(&id));
        view.with_lesson(lesson, class, self.name(&lesson.teacher_id))
    }
}

async fn classes_of(store: &impl Store, sessions: &[Session]) -> Result<HashMap<ClassId, Class>, ServiceError> {
    let ids: HashSet<ClassId> =
        sessions.iter().filter_map(|session| session.lesson.as_ref().and_then(|lesson| lesson.class_id)).collect();
    Ok(store.classes().find_many(&ids.into_iter().collect::<Vec<_>>()).await?)
}
