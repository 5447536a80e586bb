//! What many ask for at once: who a token speaks for, and how they stand to a session.

use mockly_domain::{Participant, Session, SessionId, User, UserId};

use crate::database::Database;
use crate::error::DataError;
use crate::store::Store as _;

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
}
