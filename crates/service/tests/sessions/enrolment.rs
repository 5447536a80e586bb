//! Who is enrolled: by id, by address, and no longer.

use mockly_data::Store;
use mockly_domain::{ErrorCode, EventType, ParticipantStatus, SessionStatus};
use mockly_realtime::Topic;
use mockly_service::Newcomer::{Email, UserId};
use mockly_service::{EnrolEntry, EnrolmentReport, ListSessions, Page, Principal, SessionSort};
use serde_json::json;

use super::school::School;
use super::stage::code;
use crate::identity::sign_hs256;
use crate::support::on_both_databases;

const FIRST: Page = Page { page: 0, size: 100 };

impl School {
    /// Signs somebody in with an address, as another service's token says it.
    async fn sign_in(&self, id: &str, email: &str, verified: bool) -> Principal {
        let now = self.stage.now().as_micros() / 1_000_000;
        let claims = json!({
            "sub": id, "email": email, "email_verified": verified, "exp": now + 900, "iat": now
        });
        let token = sign_hs256(self.stage.world.secret, &claims);
        self.stage.services().authenticate(&token).await.unwrap()
    }

    async fn student_ids(&self) -> Vec<String> {
        let students = self.stage.services().list_students(&self.teacher, self.class, FIRST).await.unwrap();
        let mut ids: Vec<String> = students.items.into_iter().map(|row| row.user_id.to_string()).collect();
        ids.sort_unstable();
        ids
    }

    async fn listed(&self, who: &Principal, status: Option<SessionStatus>) -> u64 {
        let wanted = ListSessions {
            status,
            kind: None,
            class_id: Some(self.class),
            q: None,
            from: None,
            to: None,
            sort: SessionSort::default(),
            page: FIRST,
        };
        self.stage.services().list_sessions(who, wanted).await.unwrap().total
    }
}

on_both_databases! {
    async fn a_list_of_newcomers_is_taken_as_far_as_it_can_be_right(database) {
        let school = School::new(&database).await;
        school.sign_in("ada2", "Ada@Example.org", true).await;
        school.sign_in("eve2", "eve@example.org", false).await;
        let newcomers = || vec![
            UserId("student 0".to_owned()),
            UserId("nobody".to_owned()),
            UserId("bad\nid".to_owned()),
            UserId("student 0".to_owned()),
            UserId("teacher".to_owned()),
            Email("ada@example.ORG".to_owned()),
            Email("EVE@example.org".to_owned()),
            Email("eve@example.org".to_owned()),
            Email("no address".to_owned()),
        ];
        let report = school.enrol_all(newcomers()).await;
        // Eve's issuer does not vouch for her address, so it is an invitation.
        assert_eq!((report.added, report.invited), (2, 1));
        let refused: Vec<_> = report.refused.iter().map(|entry| (entry.line, entry.code)).collect();
        assert_eq!(refused, [
            (2, ErrorCode::UnknownUser),
            (3, ErrorCode::InvalidId),
            (5, ErrorCode::SameUser),
            (9, ErrorCode::InvalidEmail),
        ]);
        assert_eq!(school.student_ids().await, ["ada2", "student 0"]);
        let again = school.enrol_all(newcomers()).await;
        assert_eq!(again, EnrolmentReport { added: 0, invited: 0, refused: report.refused });
        let services = school.stage.services();
        let one = services.enrol_student(&school.teacher, school.class, &"nobody".parse().unwrap()).await;
        assert_eq!(code(one), ErrorCode::UnknownUser);
        let teacher = services.enrol_student(&school.teacher, school.class, school.teacher.user_id()).await;
        assert_eq!(code(teacher), ErrorCode::SameUser);
        let many = (1..=1_001).map(|line| EnrolEntry { line, newcomer: UserId(format!("u{line}")) }).collect();
        let refused = services.enrol_students(&school.teacher, school.class, many).await;
        assert_eq!(code(refused), ErrorCode::ValidationFailed);
    }

    async fn an_invitation_waits_for_a_confirmed_address(database) {
        let school = School::new(&database).await;
        let report = school.enrol_all(vec![Email("new@example.org".to_owned())]).await;
        assert_eq!((report.added, report.invited), (0, 1));
        school.sign_in("impostor", "new@example.org", false).await;
        assert!(school.student_ids().await.is_empty());
        // Who registers has confirmed nothing.
        let account = mockly_service::Register {
            email: "new@example.org".to_owned(),
            password: "correct horse".to_owned(),
            display_name: "New".to_owned(),
        };
        school.stage.services().register(account).await.unwrap();
        assert!(school.student_ids().await.is_empty());
        school.sign_in("newcomer", "New@Example.org", true).await;
        assert_eq!(school.student_ids().await, ["newcomer"]);
        school.stage.services().unenrol_student(&school.teacher, school.class, &"newcomer".parse().unwrap())
            .await
            .unwrap();
        // The invitation is used up.
        school.stage.sleep(std::time::Duration::from_secs(5));
        school.sign_in("newcomer", "new@example.org", true).await;
        assert!(school.student_ids().await.is_empty());
    }

    async fn the_operator_vouches_for_the_accounts_that_they_make(database) {
        let school = School::new(&database).await;
        let services = school.stage.services();
        assert_eq!(school.enrol_all(vec![Email("ada@example.org".to_owned())]).await.invited, 1);
        let ada = services.create_account("ada@example.org", "correct horse", "Ada", Vec::new()).await.unwrap();
        assert_eq!(school.student_ids().await, [ada.id.to_string()]);
        let bob = services.create_account("bob@example.org", "correct horse", "Bob", Vec::new()).await.unwrap();
        let report = school.enrol_all(vec![Email("bob@example.org".to_owned())]).await;
        assert_eq!((report.added, report.invited), (1, 0));
        let mut both = [ada.id.to_string(), bob.id.to_string()];
        both.sort_unstable();
        assert_eq!(school.student_ids().await, both);
        assert_eq!(services.list_invitations(&school.teacher, school.class, FIRST).await.unwrap().total, 0);
    }

    async fn an_invitation_is_listed_until_somebody_comes_with_it_or_it_is_withdrawn(database) {
        let school = School::new(&database).await;
        let services = school.stage.services();
        let emails = ["One@example.org", "two@example.org", "three@example.org"];
        for email in emails {
            school.enrol_all(vec![Email(email.to_owned())]).await;
            school.stage.sleep(std::time::Duration::from_secs(1));
        }
        school.sign_in("newcomer", "two@example.org", true).await;
        let list = async |size, page| {
            let page = Page { page, size };
            services.list_invitations(&school.teacher, school.class, page).await.unwrap()
        };
        let all = list(100, 0).await;
        let invited: Vec<_> = all.items.iter().map(|invitation| invitation.email.as_str()).collect();
        assert_eq!((invited, all.total), (vec!["one@example.org", "three@example.org"], 2));
        let second = list(1, 1).await;
        assert_eq!((&second.items[..], second.total), (&all.items[1..], 2));
        // Others neither see nor withdraw it, nor does the teacher by another class.
        let wanted = mockly_service::CreateClass { name: "Geometry".to_owned(), ..Default::default() };
        let other = services.create_class(&school.teacher, wanted).await.unwrap().class.id;
        let one = all.items[0].id;
        for who in [&school.students[0], &school.other_teacher] {
            assert_eq!(code(services.list_invitations(who, school.class, FIRST).await), ErrorCode::NotTheTeacher);
            assert_eq!(code(services.withdraw_invitation(who, school.class, one).await), ErrorCode::NotTheTeacher);
        }
        services.withdraw_invitation(&school.teacher, other, one).await.unwrap();
        assert_eq!(list(100, 0).await.total, 2);
        for who in [&school.teacher, &school.stage.admin] {
            services.withdraw_invitation(who, school.class, one).await.unwrap();
        }
        assert_eq!(list(100, 0).await.total, 1);
        school.sign_in("late", "one@example.org", true).await;
        assert_eq!(school.student_ids().await, ["newcomer"]);
    }

    async fn the_enrolled_read_follow_and_list_before_they_have_come(database) {
        let school = School::new(&database).await;
        school.enrol(&[0]).await;
        let id = school.lesson().await;
        let services = school.stage.services();
        let (student, stranger) = (&school.students[0], &school.students[1]);
        let view = services.read_session(student, id).await.unwrap();
        assert_eq!((view.class_id, view.class_name.as_deref()), (Some(school.class), Some("Algebra")));
        assert_eq!(view.participants.len(), 1, "the teacher alone has a place");
        services.authorize_topic(student, &Topic::Session(id)).await.unwrap();
        assert_eq!(services.can_join(student, id).await.unwrap().code, Some(ErrorCode::Waiting));
        services.leave_session(student, id).await.unwrap();
        assert_eq!(school.stage.story(id).await, [EventType::SessionCreated]);
        assert_eq!(school.listed(student, Some(SessionStatus::Scheduled)).await, 1);
        assert_eq!(school.listed(student, Some(SessionStatus::Active)).await, 0);
        assert_eq!(school.listed(stranger, None).await, 0);
        assert_eq!(code(services.read_session(stranger, id).await), ErrorCode::AccessDenied);
        assert_eq!(code(services.join_session(stranger, id, None).await), ErrorCode::AccessDenied);
        assert_eq!(code(services.end_session(student, id).await), ErrorCode::Forbidden);
        assert_eq!(code(services.start_session(student, id).await), ErrorCode::Forbidden);
    }

    async fn whoever_is_taken_out_of_a_class_loses_what_is_to_come_and_keeps_what_was(database) {
        let school = School::new(&database).await;
        school.enrol(&[0, 1]).await;
        let services = school.stage.services();
        let past = school.running().await;
        services.join_session(&school.students[0], past, None).await.unwrap();
        services.end_session(&school.teacher, past).await.unwrap();
        let running = school.running().await;
        services.join_session(&school.students[0], running, None).await.unwrap();
        let planned = school.lesson().await;
        let student = &school.students[0];
        services.unenrol_student(&school.teacher, school.class, student.user_id()).await.unwrap();
        assert_eq!(school.stage.status(running, student).await, ParticipantStatus::Removed);
        for id in [running, planned] {
            let last = school.stage.events(id).await.pop().unwrap();
            assert_eq!((last.event_type, last.revokes), (EventType::ParticipantLeft, vec![student.user_id().clone()]));
            assert!(school.stage.recipients_of_last(id).await.contains(&"student 0".to_owned()));
        }
        assert_eq!(code(services.join_session(student, running, None).await), ErrorCode::Removed);
        assert_eq!(code(services.read_session(student, planned).await), ErrorCode::AccessDenied);
        services.read_session(student, past).await.unwrap();
        assert_eq!(school.listed(student, None).await, 1);
        // Once more changes nothing.
        let told = school.stage.events(running).await.len();
        services.unenrol_student(&school.teacher, school.class, student.user_id()).await.unwrap();
        assert_eq!(school.stage.events(running).await.len(), told);
        // Enrolling again undoes it, as a host's accept does.
        school.enrol(&[0]).await;
        assert_eq!(school.stage.status(running, student).await, ParticipantStatus::Left);
        services.join_session(student, running, None).await.unwrap();
        services.read_session(student, planned).await.unwrap();
        let refused = services.unenrol_student(student, school.class, student.user_id()).await;
        assert_eq!(code(refused), ErrorCode::NotTheTeacher);
    }

    async fn an_invitation_and_a_sign_in_at_once_meet(database) {
        let school = School::new(&database).await;
        for n in 0..20 {
            let address = format!("racer{n}@example.org");
            let invited = vec![Email(address.clone())];
            let id = format!("racer {n}");
            tokio::join!(school.enrol_all(invited), school.sign_in(&id, &address, true));
        }
        assert_eq!(school.student_ids().await.len(), 20);
        let left = school.stage.world.database.classes().count_invitations(school.class).await.unwrap();
        assert_eq!(left, 0);
    }
}
