//! `POST /api/sessions`: one request for every kind of session.
//!
//! Which *marker* a request carries decides its kind ([`Wanted::of`]), and each kind has its file with the one method
//! that makes it: [`interview`], [`mentoring`], [`class`]. Such a method checks what its kind asks for, builds the row by
//! [`new_session`] with its [`Defaults`], puts its people in by [`place`], and ends with [`announce`], which writes the
//! deadline and the event and commits. What kinds share stands in [`parts`].
//!
//! To add a kind: its markers in [`CreateSession`] and [`Wanted`], its file, and its line in
//! [`Services::create_session`].

mod class;
mod interview;
mod mentoring;
mod parts;
mod request;
mod wanted;

use mockly_domain::view::SessionView;

use parts::{Defaults, announce, find_other, new_session, unknown_user};
pub(super) use parts::{place, time_zone};
pub use request::CreateSession;
use wanted::{Pair, Wanted};

use crate::{Principal, ServiceError, Services};

impl Services {
    /// Makes a session of the kind that the request is marked for.
    ///
    /// # Errors
    /// `ambiguous-kind`, `validation-failed`, and what the kind refuses. INTERVIEW: `same-user`, `unknown-user`,
    /// `active-session-exists`. MENTORING: `not-a-mentor`, `same-user`, `unknown-user`, `time-conflict`. CLASS:
    /// `class-not-found`, `not-the-teacher`.
    pub async fn create_session(
        &self,
        caller: &Principal,
        request: CreateSession,
    ) -> Result<SessionView, ServiceError> {
        match Wanted::of(&request)? {
            Wanted::Interview(pair) => self.create_interview(caller, request, pair).await,
            Wanted::Mentoring(pair) => Box::pin(self.create_mentoring(caller, request, pair)).await,
            Wanted::Class(class_id) => self.create_lesson(caller, request, class_id).await,
        }
    }
}
