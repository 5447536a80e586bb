//! What is read of sessions: lists, the active one, participants, events.

use std::time::Duration;

use mockly_domain::{ErrorCode, SessionStatus};
use mockly_service::{ListSessions, Page, SessionSort};

use super::stage::{Stage, code, with_interviewer};
use crate::support::on_both_databases;

pub(crate) fn all(page: u32, size: u32) -> ListSessions {
    ListSessions {
        status: None,
        kind: None,
        class_id: None,
        q: None,
        from: None,
        to: None,
        sort: SessionSort::default(),
        page: Page { page, size },
    }
}

on_both_databases! {
    async fn a_list_is_paged_and_shows_what_reading_shows(database) {
        let stage = Stage::new(&database).await;
        let mut ids = Vec::new();
        for n in 0..5 {
            let candidate = stage.user(&format!("candidate {n}")).await;
            stage.sleep(Duration::from_secs(1));
            ids.push(stage.services().create_session(&candidate, with_interviewer(&stage.bob)).await.unwrap().id);
        }
        ids.reverse();
        stage.joined(ids[0], &stage.bob, "PA_1").await;
        let mut seen = Vec::new();
        for page in 0..3 {
            let listed = stage.services().list_sessions(&stage.bob, all(page, 2)).await.unwrap();
            assert_eq!((listed.total, listed.page, listed.size), (5, page, 2));
            seen.extend(listed.items);
        }
        assert_eq!(seen.iter().map(|view| view.id).collect::<Vec<_>>(), ids);
        for view in &seen {
            assert_eq!(stage.services().read_session(&stage.bob, view.id).await.unwrap(), *view);
        }
        let live = ListSessions { status: Some(SessionStatus::Active), ..all(0, 20) };
        assert_eq!(stage.services().list_sessions(&stage.bob, live).await.unwrap().total, 1);
        assert_eq!(stage.services().list_sessions(&stage.eve, all(0, 20)).await.unwrap().total, 0);
        assert!(stage.services().list_sessions(&stage.bob, all(u32::MAX, 100)).await.unwrap().items.is_empty());
        stage.services().remove_participant(&stage.admin, ids[4], stage.bob.user_id()).await.unwrap();
        assert_eq!(stage.services().list_sessions(&stage.bob, all(0, 20)).await.unwrap().total, 4);
    }

    async fn the_active_session_is_the_one_held_else_the_newest_joined(database) {
        let stage = Stage::new(&database).await;
        assert_eq!(code(stage.services().active_session(&stage.ada).await), ErrorCode::NoActiveSession);
        let id = stage.interview().await;
        assert_eq!(stage.services().active_session(&stage.ada).await.unwrap().id, id);
        assert_eq!(code(stage.services().active_session(&stage.bob).await), ErrorCode::NoActiveSession);
        stage.services().join_session(&stage.bob, id, None).await.unwrap();
        assert_eq!(stage.services().active_session(&stage.bob).await.unwrap().id, id);
        // One of another kind is held by nobody, and counts where it was joined.
        stage.services().end_session(&stage.ada, id).await.unwrap();
        let id = stage.interview().await;
        stage.rewrite(id, |session| session.kind = mockly_domain::SessionKind::Mentoring).await;
        stage.services().join_session(&stage.bob, id, None).await.unwrap();
        assert_eq!(stage.held_by(&stage.bob).await, None);
        assert_eq!(stage.services().active_session(&stage.bob).await.unwrap().id, id);
        stage.services().leave_session(&stage.bob, id).await.unwrap();
        assert_eq!(code(stage.services().active_session(&stage.bob).await), ErrorCode::NoActiveSession);
    }

    async fn participants_and_events_are_read_in_pages(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        let page = |page| Page { page, size: 1 };
        for (number, user) in [(0, Some("ada")), (1, Some("auth0|bob")), (2, None)] {
            let listed = stage.services().list_participants(&stage.bob, id, page(number)).await.unwrap();
            assert_eq!((listed.total, listed.items.first().map(|place| place.user_id.as_str())), (2, user));
        }
        let rows = stage.services().list_events(&stage.bob, id, 0, 3).await.unwrap();
        assert_eq!((rows.items.len(), rows.has_more), (3, true));
        let rows = stage.services().list_events(&stage.bob, id, 3, 3).await.unwrap();
        assert_eq!((rows.items.iter().map(|event| event.sequence).collect::<Vec<_>>(), rows.has_more), (vec![4], false));
        assert_eq!(code(stage.services().list_events(&stage.eve, id, 0, 3).await), ErrorCode::AccessDenied);
    }
}
