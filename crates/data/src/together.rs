//! What many ask for at once: who a token speaks for, how they stand to a session, and what it is shown with.

use std::collections::HashMap;

use mockly_domain::{Participant, Session, SessionId, User, UserId};

use crate::database::Database;
use crate::error::DataError;
use crate::repository::SessionParts;
use crate::store::Store;

impl Database {
    /// One user, as [`UserRepository::find_many`](crate::UserRepository::find_many) reads them; those who are asked for at
    /// the same moment share a statement.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_user(&self, id: &UserId) -> Result<Option<User>, DataError> {
        let database = self.clone();
        let read = move |ids: Vec<UserId>| {
            let database = database.clone();
            async move { database.users().find_many(&ids).await }
        };
        self.users.find(id.clone(), self.deadline(), read).await
    }

    /// One session, and the place that a user has in it; those that are asked for at the same moment share a statement.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_session_with_place(
        &self,
        id: SessionId,
        user: &UserId,
    ) -> Result<Option<(Session, Option<Participant>)>, DataError> {
        let database = self.clone();
        let read = move |keys: Vec<(SessionId, UserId)>| {
            let database = database.clone();
            async move { database.sessions().find_with_places(keys).await }
        };
        self.places.find((id, user.clone()), self.deadline(), read).await
    }

    /// What a session is shown with; for those that are asked for at the same moment it is read together.
    ///
    /// # Errors
    /// [`DataError`] where the database fails.
    pub async fn find_parts(&self, id: SessionId) -> Result<SessionParts, DataError> {
        let database = self.clone();
        let read = move |ids: Vec<SessionId>| {
            let database = database.clone();
            async move { parts_of(&database, &ids).await }
        };
        Ok(self.parts.find(id, self.deadline(), read).await?.unwrap_or_default())
    }
}

/// What several sessions are shown with; one without places and files is absent.
///
/// # Errors
/// [`DataError`] where the database fails.
pub async fn parts_of(store: &impl Store, ids: &[SessionId]) -> Result<HashMap<SessionId, SessionParts>, DataError> {
    let shown = match ids {
        [id] => store.roll().shown(*id, 0, SessionParts::SHOWN_MAX).await?,
        several => store.roll().shown_of_many(several, SessionParts::SHOWN_MAX).await?,
    };
    let mut parts: HashMap<_, SessionParts> = HashMap::new();
    for one in shown {
        parts.entry(one.place.session_id).or_default().shown.push(one);
    }
    for file in store.artifacts().list_of_many(ids).await? {
        parts.entry(file.session_id).or_default().artifacts.push(file);
    }
    Ok(parts)
}
