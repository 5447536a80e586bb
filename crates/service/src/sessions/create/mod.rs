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
mod wanted;

use mockly_domain::view::SessionView;
use mockly_domain::{Admission, ClassId, ClassType, MediaPatch, Timestamp, UserId};

use parts::{Defaults, announce, find_other, new_session, unknown_user};
pub(super) use parts::{place, time_zone};
use wanted::{Pair, Wanted};

use crate::{Principal, ServiceError, Services};

/// A session to be made. Which marker is there decides its kind; exactly one must be.
#[derive(Debug, Clone, Default)]
pub struct CreateSession {
    /// Marker of an INTERVIEW: who asks; the caller is the candidate.
    pub interviewer_id: Option<UserId>,
    /// Marker of an INTERVIEW: who is asked; the caller is the interviewer.
    pub candidate_id: Option<UserId>,
    /// Marker of a MENTORING: who is booked; the caller is the mentee.
    pub mentor_id: Option<UserId>,
    /// Marker of a MENTORING: who gets the time; the caller is the mentor.
    pub mentee_id: Option<UserId>,
    /// Marker of a CLASS: whose lesson it is.
    pub class_id: Option<ClassId>,
    /// CLASS: what it is.
    pub class_type: Option<ClassType>,
    /// When it is planned to start. An INTERVIEW without it starts now; every other kind needs it.
    pub scheduled_at: Option<Timestamp>,
    /// Heading.
    pub title: Option<String>,
    /// Text below it.
    pub description: Option<String>,
    /// Planned length in minutes.
    pub duration_min: Option<u32>,
    /// Seats.
    pub max_participants: Option<u32>,
    /// IANA time zone; UTC where absent.
    pub time_zone: Option<String>,
    /// Who gets in without being asked for.
    pub admission: Option<Admission>,
    /// What those who are not host may publish, where it is not what the kind has.
    pub media: Option<MediaPatch>,
}

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
