//! R8 and R5: webhooks come late, repeated, lost and out of order, and say less than they seem to.

use std::time::Duration;

use mockly_data::Store;
use mockly_domain::EventType::{ParticipantJoined, ParticipantLeft, SessionCreated, SessionUpdated};
use mockly_domain::ParticipantStatus::{Invited, Joined, Left, Removed};
use mockly_domain::{ErrorCode, SessionId, SessionStatus};
use mockly_service::{IdSource, SystemIds};
use serde_json::{Value, json};

use super::livekit::thrown_out;
use super::stage::{Stage, code, view};
use super::webhook::{connection, event_id};
use crate::support::on_both_databases;

const SECOND: Duration = Duration::from_secs(1);
const GRACE: Duration = Duration::from_secs(15);

on_both_databases! {
    async fn r8_coming_into_the_media_room_is_a_join(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.bob, "PA_1").await;
        stage.assert_status(id, SessionStatus::Active).await;
        assert_eq!(stage.story(id).await, [SessionCreated, ParticipantJoined, SessionUpdated]);
        assert_eq!(stage.held_by(&stage.bob).await, Some(id));
        let shown = stage.services().read_session(&stage.bob, id).await.unwrap();
        assert_eq!((shown.participant_count, shown.participants[1].online), (1, true));
        // Whoever hears of the joining sees them there.
        let events = stage.events(id).await;
        assert_eq!(view(&events[1]).participant_count, 1);
        // A second tab, and the same by REST: no second event.
        stage.joined(id, &stage.bob, "PA_2").await;
        stage.services().join_session(&stage.bob, id, None).await.unwrap();
        assert_eq!(stage.story(id).await.len(), 3);
        assert_eq!(stage.services().read_session(&stage.bob, id).await.unwrap().participant_count, 1);
    }

    async fn r8_a_repeat_takes_no_second_effect(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let joined = stage.webhook("participant_joined", id, connection(&stage.ada, "PA_1", stage.now()));
        let at_once = futures_util::join!(stage.deliver(&joined), stage.deliver(&joined), stage.deliver(&joined));
        for answer in [at_once.0, at_once.1, at_once.2] {
            answer.unwrap();
        }
        let left = stage.webhook("participant_left", id, connection(&stage.ada, "PA_1", stage.now()));
        stage.deliver(&left).await.unwrap();
        stage.pass(GRACE).await;
        let story = [SessionCreated, ParticipantJoined, SessionUpdated, ParticipantLeft];
        assert_eq!(stage.story(id).await, story);
        for late in [&joined, &left] {
            stage.deliver(late).await.unwrap();
        }
        stage.pass(GRACE).await;
        assert_eq!(stage.story(id).await, story);
        assert_eq!(stage.status(id, &stage.ada).await, Left);
    }

    /// The late word of a coming was a join whatever was known of its `sid`: somebody who had gone was JOINED, and held
    /// the session, with nobody there.
    async fn r8_a_coming_told_after_its_going_is_ignored(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let came = stage.now();
        let joined = stage.webhook("participant_joined", id, connection(&stage.bob, "PA_1", came));
        stage.sleep(SECOND * 20);
        let left = stage.webhook("participant_left", id, connection(&stage.bob, "PA_1", came));
        stage.deliver(&left).await.unwrap();
        stage.pass(GRACE).await;
        stage.deliver(&joined).await.unwrap();
        stage.pass(GRACE).await;
        assert_eq!(stage.status(id, &stage.bob).await, Invited);
        assert_eq!(stage.held_by(&stage.bob).await, None);
        assert_eq!(stage.story(id).await, [SessionCreated]);
        // The interval is known all the same (R12).
        let attendance = stage.services().attendance(&stage.ada, id).await.unwrap();
        assert_eq!((attendance[1].total_sec, attendance[1].first_joined_at), (20, Some(came)));
    }

    async fn r8_a_going_closes_its_own_connection_alone(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.bob, "PA_1").await;
        stage.sleep(SECOND * 10);
        stage.joined(id, &stage.bob, "PA_2").await;
        stage.left(id, &stage.bob, "PA_1").await;
        // A `sid` that is none of theirs.
        stage.left(id, &stage.bob, "PA_9").await;
        stage.pass(GRACE * 2).await;
        assert_eq!(stage.status(id, &stage.bob).await, Joined);
        stage.left(id, &stage.bob, "PA_2").await;
        stage.pass(GRACE).await;
        assert_eq!(stage.status(id, &stage.bob).await, Left);
    }

    async fn r8_an_aborted_connection_is_a_going(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.bob, "PA_1").await;
        let gone = stage.now();
        let aborted = stage.webhook("participant_connection_aborted", id, connection(&stage.bob, "PA_1", gone));
        stage.deliver(&aborted).await.unwrap();
        stage.pass(GRACE).await;
        assert_eq!((stage.status(id, &stage.bob).await, stage.place(id, &stage.bob).await.left_at), (Left, Some(gone)));
    }

    async fn r8_recorders_and_agents_are_no_attendance(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        for kind in ["EGRESS", "INGRESS", "AGENT", "SIP"] {
            let participant = json!({ "sid": kind, "identity": stage.bob.user_id(), "kind": kind });
            for event in ["participant_joined", "participant_left"] {
                stage.deliver(&stage.webhook(event, id, participant.clone())).await.unwrap();
            }
        }
        assert_eq!(stage.pass(GRACE).await, 0);
        assert_eq!(stage.story(id).await, [SessionCreated]);
        assert!(stage.world.database.livekit().list_participants(id).await.unwrap().is_empty());
    }

    async fn r8_what_is_not_known_is_fine(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let participant = connection(&stage.bob, "PA_1", stage.now());
        let nobodys = SessionId(SystemIds.uuid());
        for body in [
            stage.webhook("participant_joined", nobodys, participant.clone()),
            stage.webhook("track_published", id, participant.clone()),
            stage.webhook("something_new", id, Value::Null),
            json!({ "event": "egress_ended", "id": event_id(), "createdAt": "1", "egressInfo": { "roomName": "x" } }),
            json!({ "event": "participant_joined", "id": event_id(), "room": { "name": "lobby" }, "participant": participant }),
            json!({ "event": "participant_joined", "id": event_id(), "room": { "name": format!("session-{id}") } }),
            json!({ "event": "room_finished", "id": event_id() }),
        ] {
            stage.deliver(&body).await.unwrap();
        }
        assert_eq!(stage.story(id).await, [SessionCreated]);
        for body in [json!([]), json!({}), json!({ "event": "room_started" }), json!({ "id": "EV_x" })] {
            assert_eq!(code(stage.deliver(&body).await), ErrorCode::MalformedWebhook, "{body}");
        }
    }

    async fn r8_whoever_may_not_join_is_thrown_out(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.eve, "PA_eve").await;
        let odd = json!({ "sid": "PA_odd", "identity": "control\u{1}character" });
        stage.deliver(&stage.webhook("participant_joined", id, odd)).await.unwrap();
        stage.pass(Duration::ZERO).await;
        let calls = stage.livekit.take_calls();
        assert_eq!(calls.len(), 2);
        assert!(calls.contains(&thrown_out(id, stage.eve.user_id())));
        // R5: nor does anybody revive what has ended.
        stage.services().cancel_session(&stage.ada, id).await.unwrap();
        let story = stage.story(id).await;
        stage.joined(id, &stage.ada, "PA_ada").await;
        stage.pass(Duration::ZERO).await;
        assert_eq!(stage.livekit.take_calls(), [thrown_out(id, stage.ada.user_id())]);
        assert_eq!(stage.story(id).await, story);
        stage.assert_status(id, SessionStatus::Canceled).await;
    }

    /// Their connection was written down when it ended, as if they had attended.
    async fn r12_those_who_were_thrown_out_did_not_attend(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        stage.services().remove_participant(&stage.bob, id, stage.ada.user_id()).await.unwrap();
        let before = stage.services().attendance(&stage.bob, id).await.unwrap();
        stage.sleep(SECOND * 60);
        let came = stage.now();
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.sleep(SECOND * 60);
        let gone = connection(&stage.ada, "PA_1", came);
        stage.deliver(&stage.webhook("participant_left", id, gone)).await.unwrap();
        let after = stage.services().attendance(&stage.bob, id).await.unwrap();
        assert_eq!(after[0], before[0]);
        assert_eq!(stage.status(id, &stage.ada).await, Removed);
    }

    /// The last word was taken for the last event: a going that was told late threw out at once, as of then.
    async fn r8_goings_told_in_another_order_leave_the_latest_one_standing(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.bob, "PA_1").await;
        stage.joined(id, &stage.bob, "PA_2").await;
        stage.sleep(SECOND * 10);
        let first = stage.webhook("participant_left", id, connection(&stage.bob, "PA_1", stage.now()));
        stage.sleep(SECOND * 90);
        let gone = stage.now();
        stage.left(id, &stage.bob, "PA_2").await;
        stage.deliver(&first).await.unwrap();
        stage.pass_short_of(GRACE).await;
        assert_eq!(stage.status(id, &stage.bob).await, Joined);
        stage.pass(SECOND).await;
        assert_eq!((stage.status(id, &stage.bob).await, stage.place(id, &stage.bob).await.left_at), (Left, Some(gone)));
    }

    /// LiveKit tells when somebody came in milliseconds and when they went in whole seconds: within the same second they
    /// seemed to go before they came.
    async fn r8_nobody_leaves_before_they_came(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.sleep(Duration::from_millis(700));
        stage.joined(id, &stage.bob, "PA_1").await;
        stage.sleep(Duration::from_millis(100));
        stage.left(id, &stage.bob, "PA_1").await;
        stage.pass(GRACE).await;
        let bob = stage.place(id, &stage.bob).await;
        assert_eq!(bob.status, Left);
        assert!(bob.left_at >= bob.joined_at, "{bob:?}");
    }

    /// Absent integers are nought in protojson: a webhook without a time was one of 1970.
    async fn r8_a_webhook_without_a_time_is_of_now(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let mut joined = stage.webhook("participant_joined", id, json!({ "sid": "PA_1", "identity": "ada" }));
        joined.as_object_mut().unwrap().remove("createdAt");
        stage.deliver(&joined).await.unwrap();
        assert_eq!(stage.place(id, &stage.ada).await.joined_at, Some(stage.now()));
    }

    async fn r5_a_finished_room_ends_nothing_by_itself(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.sleep(SECOND * 30);
        let gone = stage.now();
        stage.left(id, &stage.ada, "PA_1").await;
        stage.sleep(SECOND * 60);
        stage.deliver(&stage.webhook("room_finished", id, Value::Null)).await.unwrap();
        stage.pass(Duration::ZERO).await;
        stage.assert_status(id, SessionStatus::Active).await;
        // The deadline counts from the last going, not from the end of the room.
        stage.pass(SECOND * 59).await;
        stage.assert_status(id, SessionStatus::Active).await;
        stage.pass(SECOND).await;
        stage.assert_status(id, SessionStatus::Ended).await;
        assert_eq!(stage.session(id).await.ended_at, Some(gone.plus(SECOND * 120)));
    }

    async fn r5_a_finished_room_closes_what_was_open_in_it(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.sleep(SECOND * 30);
        let gone = stage.now();
        stage.deliver(&stage.webhook("room_finished", id, Value::Null)).await.unwrap();
        stage.pass(GRACE).await;
        assert_eq!((stage.status(id, &stage.ada).await, stage.place(id, &stage.ada).await.left_at), (Left, Some(gone)));
    }

    async fn r5_the_end_of_an_earlier_room_is_ignored(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.services().media_token(&stage.ada, id).await.unwrap();
        let earlier = stage.livekit.room_sid(id);
        stage.livekit.drop_room(id);
        stage.services().media_token(&stage.ada, id).await.unwrap();
        assert_ne!(stage.livekit.room_sid(id), earlier);
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.sleep(SECOND * 5);
        let mut finished = stage.webhook("room_finished", id, Value::Null);
        finished["room"]["sid"] = json!(earlier);
        stage.deliver(&finished).await.unwrap();
        stage.pass(Duration::from_mins(10)).await;
        assert_eq!(stage.status(id, &stage.ada).await, Joined);
        let room = stage.world.database.livekit().find_room(id).await.unwrap().unwrap();
        assert_eq!((room.sid, room.finished_at), (Some(stage.livekit.room_sid(id)), None));
    }

    /// LiveKit was away when they left; they were back when the job that throws them out was tried again.
    async fn whoever_is_back_is_not_thrown_out(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        stage.joined(id, &stage.bob, "PA_bob").await;
        stage.joined(id, &stage.ada, "PA_1").await;
        stage.livekit.set_down(true);
        stage.services().leave_session(&stage.ada, id).await.unwrap();
        stage.pass(Duration::ZERO).await;
        stage.services().join_session(&stage.ada, id, None).await.unwrap();
        stage.livekit.set_down(false);
        stage.pass(Duration::from_mins(1)).await;
        assert_eq!(stage.livekit.take_calls(), []);
        // Leaving again throws them out again.
        stage.services().leave_session(&stage.ada, id).await.unwrap();
        stage.pass(Duration::ZERO).await;
        assert_eq!(stage.livekit.take_calls(), [thrown_out(id, stage.ada.user_id())]);
    }
}
