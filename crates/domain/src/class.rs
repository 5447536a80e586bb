//! Classes: a teacher, students who are enrolled, and what a session of one adds to a session.

use crate::wire_enum::wire_enum;
use crate::{ClassId, ErrorCode, Timestamp, UserId};

wire_enum!(
    /// What a session of a class is.
    ClassType {
        /// The teacher speaks.
        Lecture = "LECTURE",
        /// Everyone speaks.
        Discussion = "DISCUSSION",
        /// Everyone is asked.
        Quiz = "QUIZ",
        /// Something is shown.
        Demo = "DEMO",
    }
);

/// Most students of a class, so that one change of its sessions stays one bounded piece of work.
pub const STUDENTS_MAX: u64 = 10_000;

/// Most students enrolled by one request.
pub const ENROLMENTS_MAX: usize = 1_000;

/// A class as the rules see one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Id.
    pub id: ClassId,
    /// Name.
    pub name: String,
    /// Text below it.
    pub description: Option<String>,
    /// Who teaches it, for good.
    pub teacher_id: UserId,
    /// Counts edits; what `ETag` carries.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a session of a class has besides what every session has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// The class; `None` once it was deleted.
    pub class_id: Option<ClassId>,
    /// What the session is.
    pub class_type: ClassType,
    /// The name of a class that was deleted; of one that is there, the class has it.
    pub class_name: Option<String>,
    /// Who teaches.
    pub teacher_id: UserId,
}

/// What somebody wants to do with a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassAction {
    /// Read it.
    Read,
    /// Change or delete it, list, enrol or take out students, make sessions of it.
    Teach,
}

/// Decides whether somebody may do it. Teachers teach, students read, admins may do both.
///
/// # Errors
/// `not-the-teacher` to whoever does not teach the class, `access-denied` to strangers who want to read it.
pub fn authorize(
    action: ClassAction,
    class: &Class,
    user_id: &UserId,
    is_admin: bool,
    is_enrolled: bool,
) -> Result<(), ErrorCode> {
    let teaches = is_admin || *user_id == class.teacher_id;
    match action {
        ClassAction::Read if teaches || is_enrolled => Ok(()),
        ClassAction::Read => Err(ErrorCode::AccessDenied),
        ClassAction::Teach if teaches => Ok(()),
        ClassAction::Teach => Err(ErrorCode::NotTheTeacher),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn teachers_teach_students_read_admins_do_both() {
        let class = Class {
            id: ClassId(Uuid::from_u128(1)),
            name: "Algebra".to_owned(),
            description: None,
            teacher_id: UserId::new("teacher").unwrap(),
            version: 1,
            created_at: Timestamp::EPOCH,
            updated_at: Timestamp::EPOCH,
        };
        for (user, is_admin, is_enrolled, read, teach) in [
            ("teacher", false, false, Ok(()), Ok(())),
            ("admin", true, false, Ok(()), Ok(())),
            ("student", false, true, Ok(()), Err(ErrorCode::NotTheTeacher)),
            ("stranger", false, false, Err(ErrorCode::AccessDenied), Err(ErrorCode::NotTheTeacher)),
        ] {
            let id = UserId::new(user).unwrap();
            assert_eq!(authorize(ClassAction::Read, &class, &id, is_admin, is_enrolled), read, "{user} reads");
            assert_eq!(authorize(ClassAction::Teach, &class, &id, is_admin, is_enrolled), teach, "{user} teaches");
        }
    }
}
