//! R12: intervals per user, merged over tabs and reconnects, kept for good.

use std::time::Duration;

use mockly_domain::Timestamp;

use super::stage::Stage;
use crate::support::on_both_databases;

on_both_databases! {
    async fn r12_attendance_is_what_the_connections_say(database) {
        let stage = Stage::new(&database).await;
        let start = stage.now();
        let at = |secs: u64| start.plus(Duration::from_secs(secs));
        let id = stage.interview().await;
        let until = |secs: u64| stage.sleep(at(secs).since(stage.now()));
        until(60);
        stage.joined(id, &stage.bob, "PA_1").await;
        until(120);
        stage.left(id, &stage.bob, "PA_1").await;
        until(130);
        stage.joined(id, &stage.bob, "PA_2").await;
        until(150);
        // A second tab, and the first one goes.
        stage.joined(id, &stage.bob, "PA_3").await;
        until(170);
        stage.left(id, &stage.bob, "PA_2").await;
        until(200);
        stage.left(id, &stage.bob, "PA_3").await;
        stage.services().run_due_jobs().await.unwrap();
        until(300);
        stage.joined(id, &stage.bob, "PA_4").await;
        until(330);
        let running = stage.services().attendance(&stage.ada, id).await.unwrap();
        let bob = &running[1];
        assert_eq!(bob.intervals, [(at(60), at(120)), (at(130), at(200)), (at(300), at(330))]);
        assert_eq!((bob.total_sec, bob.late_sec, bob.no_show), (60 + 70 + 30, 60, false));
        assert_eq!((bob.first_joined_at, bob.last_left_at), (Some(at(60)), None));
        assert_eq!(bob.user_display_name, "Name of auth0|bob");
        // Ada may still come.
        let ada = &running[0];
        assert_eq!((ada.total_sec, ada.late_sec, ada.no_show, ada.first_joined_at), (0, 0, false, None));

        until(360);
        stage.services().end_session(&stage.bob, id).await.unwrap();
        until(9_000);
        let over = stage.services().attendance(&stage.bob, id).await.unwrap();
        assert_eq!((over[0].no_show, over[0].intervals.len()), (true, 0));
        assert_eq!(over[1].intervals.last(), Some(&(at(300), at(360))));
        assert_eq!((over[1].total_sec, over[1].last_left_at, over[1].no_show), (60 + 70 + 60, Some(at(360)), false));
        // The room is closed after the end; what LiveKit tells of it then changes nothing.
        stage.left(id, &stage.bob, "PA_4").await;
        assert_eq!(stage.services().attendance(&stage.bob, id).await.unwrap(), over);
    }

    async fn r12_whoever_joined_without_media_is_taken_at_their_word(database) {
        let stage = Stage::new(&database).await;
        let scheduled = stage.now().plus(Duration::from_mins(1));
        let id = stage.interview_with(|request| request.scheduled_at = Some(scheduled)).await;
        let came: Timestamp = stage.now();
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        stage.sleep(Duration::from_secs(90));
        let rows = stage.services().attendance(&stage.ada, id).await.unwrap();
        assert_eq!((rows[0].total_sec, rows[0].late_sec), (90, 0));
        stage.services().leave_session(&stage.ada, id).await.unwrap();
        let left = stage.now();
        stage.sleep(Duration::from_secs(90));
        let rows = stage.services().attendance(&stage.ada, id).await.unwrap();
        assert_eq!((&rows[0].intervals[..], rows[0].last_left_at), (&[(came, left)][..], Some(left)));
    }
}
