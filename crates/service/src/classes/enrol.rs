//! `PUT /api/classes/{id}/students/{userId}` and `POST /api/classes/{id}/students`.

use std::collections::{HashMap, HashSet};

use mockly_data::{Store, UnitOfWork};
use mockly_domain::class::{ENROLMENTS_MAX, STUDENTS_MAX};
use mockly_domain::{Class, ClassId, ErrorCode, ParticipantStatus, SessionStatus, UserId};

use super::lock_taught;
use crate::identity::{is_email, normal_email};
use crate::services::Wakes;
use crate::sessions::Change;
use crate::{Principal, ServiceError, Services};

/// Who is to be enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Newcomer {
    /// A user.
    UserId(String),
    /// Whoever has this address, now or later.
    Email(String),
}

/// One entry of a list of newcomers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolEntry {
    /// Where it stands in what the caller sent, from 1.
    pub line: u32,
    /// Who.
    pub newcomer: Newcomer,
}

/// An entry that was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedEntry {
    /// Where it stands in what the caller sent, from 1.
    pub line: u32,
    /// `invalid-id`, `invalid-email`, `unknown-user`, or `same-user` for the teacher.
    pub code: ErrorCode,
}

/// What became of a list of newcomers. Those who were enrolled or invited before are counted nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentReport {
    /// How many were enrolled.
    pub added: u64,
    /// How many addresses were invited.
    pub invited: u64,
    /// Which entries were left out, and why.
    pub refused: Vec<RefusedEntry>,
}

/// The entries that can be looked up, and those that cannot be right.
#[derive(Default)]
struct Sorted {
    users: Vec<(u32, UserId)>,
    emails: Vec<String>,
    refused: Vec<RefusedEntry>,
}

impl Sorted {
    fn of(entries: Vec<EnrolEntry>) -> Self {
        let mut sorted = Self::default();
        let mut addresses = HashSet::new();
        for EnrolEntry { line, newcomer } in entries {
            match newcomer {
                Newcomer::UserId(text) => match UserId::new(text) {
                    Ok(id) => sorted.users.push((line, id)),
                    Err(_malformed) => sorted.refused.push(RefusedEntry { line, code: ErrorCode::InvalidId }),
                },
                Newcomer::Email(text) => {
                    let email = normal_email(&text);
                    if !is_email(&email) {
                        sorted.refused.push(RefusedEntry { line, code: ErrorCode::InvalidEmail });
                    } else if addresses.insert(email.clone()) {
                        sorted.emails.push(email);
                    }
                }
            }
        }
        sorted
    }
}

impl Services {
    /// Enrols one user; enrolling twice changes nothing.
    ///
    /// # Errors
    /// `class-not-found`, `not-the-teacher`, `unknown-user`, `same-user`, `limit-exceeded`.
    pub async fn enrol_student(&self, caller: &Principal, id: ClassId, user: &UserId) -> Result<(), ServiceError> {
        let entry = EnrolEntry { line: 1, newcomer: Newcomer::UserId(user.to_string()) };
        let report = self.enrol_students(caller, id, vec![entry]).await?;
        match report.refused.first() {
            Some(refused) if refused.code == ErrorCode::UnknownUser => Err(ServiceError::refused(
                ErrorCode::UnknownUser,
                format!("There is no user with the id {user}; invite them by their e-mail address instead."),
            )),
            Some(refused) if refused.code == ErrorCode::SameUser => {
                Err(ServiceError::refused(ErrorCode::SameUser, "The teacher of a class is not its student."))
            }
            Some(refused) => Err(refused.code.into()),
            None => Ok(()),
        }
    }

    /// Enrols many: users by id, everyone else by address. An address is attached at once to the accounts whose issuer
    /// has confirmed it, else when such an account signs in. Entries that cannot be right are left out and told.
    ///
    /// Whoever was taken out of a session of the class that is still open may come again.
    ///
    /// # Errors
    /// `class-not-found`, `not-the-teacher`, `validation-failed` for more than 1,000 entries, `limit-exceeded` where the
    /// class would have more than 10,000 students.
    pub async fn enrol_students(
        &self,
        caller: &Principal,
        id: ClassId,
        entries: Vec<EnrolEntry>,
    ) -> Result<EnrolmentReport, ServiceError> {
        if entries.len() > ENROLMENTS_MAX {
            return Err(ServiceError::field("userIds", "and `emails` must have at most 1,000 entries together"));
        }
        let work = self.begin().await?;
        let class = lock_taught(&work, caller, id).await?;
        let mut sorted = Sorted::of(entries);
        let by_id = find_by_id(&work, &class, &mut sorted).await?;
        let (by_email, unattached) = find_by_email(&work, &class, &sorted.emails).await?;
        let users: Vec<UserId> = by_id.into_iter().chain(by_email).collect();
        let known: HashSet<UserId> = work.classes().student_ids(id).await?.into_iter().collect();
        let now = self.now();
        let added = work.classes().enrol(id, &users, now).await?;
        let rows: Vec<_> = unattached.into_iter().map(|email| (self.inner.ids.uuid(), email)).collect();
        let invited = work.classes().invite(id, &rows, now).await?;
        let total = work.classes().count_students(id).await? + work.classes().count_invitations(id).await?;
        if total > STUDENTS_MAX {
            return Err(ServiceError::refused(
                ErrorCode::LimitExceeded,
                format!("A class has at most {STUDENTS_MAX} students and invitations; nobody was enrolled."),
            ));
        }
        let work = self.readmit(work, id, &users).await?;
        let newcomers: Vec<UserId> = users.into_iter().filter(|user| !known.contains(user)).collect();
        let work = self.invite_to_next(work, caller, id, &newcomers).await?;
        self.commit(work, Wakes::ALL).await?;
        // Somebody may have signed in between the look at the accounts and the commit.
        let emails: Vec<String> = rows.into_iter().map(|(_, email)| email).collect();
        self.attach_verified(id, &emails).await?;
        sorted.refused.sort_unstable_by_key(|refused| refused.line);
        Ok(EnrolmentReport { added, invited, refused: sorted.refused })
    }

    /// Enrolling somebody who was taken out of an open session is a host's way to undo that.
    async fn readmit(&self, work: UnitOfWork, id: ClassId, users: &[UserId]) -> Result<UnitOfWork, ServiceError> {
        let mut work = work;
        let wanted: HashSet<&UserId> = users.iter().collect();
        for session in work.sessions().lock_open_of_class(id).await? {
            let removed = work.participants().list_in_status(session.id, ParticipantStatus::Removed).await?;
            let back: Vec<_> = removed.into_iter().filter(|place| wanted.contains(&place.user_id)).collect();
            if back.is_empty() {
                continue;
            }
            let mut change = Change::on(self, work, session);
            let mut concerned = Vec::new();
            for mut place in back {
                place.status =
                    if place.joined_at.is_some() { ParticipantStatus::Left } else { ParticipantStatus::Invited };
                change.work().participants().update(&place).await?;
                concerned.push(place.user_id);
            }
            change.tell(mockly_domain::EventType::SessionUpdated, &concerned, &[]).await?;
            work = change.put_down().await?;
        }
        Ok(work)
    }

    /// Tells those who are new in a class of the session that comes next, or runs; of later ones they are reminded.
    async fn invite_to_next(
        &self,
        work: UnitOfWork,
        caller: &Principal,
        id: ClassId,
        newcomers: &[UserId],
    ) -> Result<UnitOfWork, ServiceError> {
        if newcomers.is_empty() {
            return Ok(work);
        }
        let open = work.sessions().lock_open_of_class(id).await?;
        let next = open
            .into_iter()
            .filter(|session| session.status == SessionStatus::Active || session.planned_end() > self.now())
            .min_by_key(|session| session.scheduled_at);
        let Some(session) = next else { return Ok(work) };
        let mut change = Change::on(self, work, session);
        change.notify_invited(newcomers, caller).await?;
        change.put_down().await
    }
}

/// The users who are named by id; those who are not there, or teach the class, join the refused.
async fn find_by_id(work: &UnitOfWork, class: &Class, sorted: &mut Sorted) -> Result<Vec<UserId>, ServiceError> {
    let known = work.users().find_many(sorted.users.iter().map(|(_, id)| id)).await?;
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for (line, id) in &sorted.users {
        let code = if *id == class.teacher_id {
            ErrorCode::SameUser
        } else if !known.contains_key(id) {
            ErrorCode::UnknownUser
        } else {
            if seen.insert(id) {
                found.push(id.clone());
            }
            continue;
        };
        sorted.refused.push(RefusedEntry { line: *line, code });
    }
    Ok(found)
}

/// Whose confirmed address is among these, and the addresses that are nobody's yet.
async fn find_by_email(
    work: &UnitOfWork,
    class: &Class,
    emails: &[String],
) -> Result<(Vec<UserId>, Vec<String>), ServiceError> {
    let owners = work.users().find_by_verified_emails(emails).await?;
    let mut by_email: HashMap<String, Vec<UserId>> = HashMap::new();
    for owner in owners {
        by_email.entry(normal_email(owner.email.as_deref().unwrap_or_default())).or_default().push(owner.id);
    }
    let unattached = emails.iter().filter(|email| !by_email.contains_key(*email)).cloned().collect();
    let users = by_email.into_values().flatten().filter(|user| *user != class.teacher_id).collect();
    Ok((users, unattached))
}
