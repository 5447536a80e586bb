//! What a session is made from.

use mockly_domain::{Admission, ClassId, ClassType, MediaPatch, Timestamp, UserId};

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
