//! Who takes part in a session and who is there, whichever way they came.

use mockly_data::{LivekitParticipant, RoomConnectionRow, RoomMemberRow, RoomRow, Shown, Store, UnitOfWork};
use mockly_domain::{ConnectionId, Participant, ParticipantStatus, RoomId, SessionId};

use crate::support::{at, id, on_both_databases, participant, user_id, with_session, with_users, write};

/// Somebody's connection at a door of session 1; present since its opening, or not at all.
fn at_a_door(number: u128, user: &str, is_present: bool) -> RoomConnectionRow {
    RoomConnectionRow {
        id: ConnectionId(id(number)),
        room_id: RoomId(id(1)),
        user_id: user_id(user),
        node_id: None,
        door: "zoom".to_owned(),
        opened_at: at(1),
        present_from: is_present.then(|| at(1)),
        closed_at: None,
    }
}

async fn in_the_media_room(work: &UnitOfWork, sid: &str, user: &str) {
    let row = LivekitParticipant {
        sid: sid.to_owned(),
        session_id: SessionId(id(1)),
        user_id: user_id(user),
        joined_at: at(1),
        left_at: None,
        last_seen_at: at(1),
    };
    assert!(work.livekit().insert_participant(&row).await.unwrap());
}

on_both_databases! {
    async fn presence_is_at_a_door_or_in_the_media_room_and_counts_once(database) {
        let (one, other) = (with_session(&database, 1).await, with_session(&database, 2).await);
        with_users(&database, &["bob", "cleo", "dan", "eve"]).await;
        write(&database, async |work| {
            let status = |number, user, status| Participant { status, ..participant(1, number, user) };
            let row = RoomRow { id: RoomId(id(1)), name: None, last_sequence: 0, host_absence_told: false, created_at: at(0) };
            work.rooms().insert(&row).await?;
            for (number, user) in [(1, "ada"), (2, "bob"), (3, "cleo")] {
                work.participants().insert(&status(number, user, ParticipantStatus::Joined)).await?;
            }
            work.participants().insert(&status(4, "dan", ParticipantStatus::Waiting)).await?;
            work.participants().insert(&status(5, "eve", ParticipantStatus::Left)).await?;
            let bob = RoomMemberRow { may_share: true, audio: true, ..RoomMemberRow::new(RoomId(id(1)), user_id("bob"), at(3)) };
            work.rooms().put_member(&bob).await?;
            // Ada has two tabs and the media room, Bob the media room alone, Cleo had a tab; Dan waits at a door.
            for row in [at_a_door(11, "ada", true), at_a_door(12, "ada", true), at_a_door(13, "cleo", true), at_a_door(14, "dan", false)] {
                work.room_connections().insert(&row).await?;
            }
            work.room_connections().close(ConnectionId(id(13)), at(5)).await?;
            in_the_media_room(work, "PA_1", "ada").await;
            in_the_media_room(work, "PA_2", "bob").await;
            for hand in ["bob", "cleo"] {
                work.hands().raise(RoomId(id(1)), &user_id(hand), at(4)).await?;
            }
            work.hands().lower(RoomId(id(1)), &user_id("cleo"), at(5)).await?;
            Ok(())
        })
        .await;

        let roll = database.roll();
        let counted = roll.count_present(&[one, other], None).await.unwrap();
        assert_eq!((counted.get(&one), counted.get(&other)), (Some(&2), None));
        assert_eq!(roll.count_present(&[one], Some(&user_id("ada"))).await.unwrap().get(&one), Some(&1));
        assert_eq!(roll.count_present(&[one], Some(&user_id("dan"))).await.unwrap().get(&one), Some(&2));

        let mut connected = Vec::new();
        for user in ["ada", "bob", "cleo", "dan", "nobody"] {
            if roll.is_connected(one, &user_id(user)).await.unwrap() {
                connected.push(user);
            }
        }
        assert_eq!(connected, ["ada", "bob", "dan"]);
        assert!(!roll.is_connected(other, &user_id("ada")).await.unwrap());

        let asked = ["ada", "cleo", "dan"].map(user_id);
        let present = roll.present_among(&[one, other], &asked).await.unwrap();
        assert_eq!(present.into_iter().collect::<Vec<_>>(), [(one, user_id("ada"))]);
        assert!(roll.present_among(&[one], &[]).await.unwrap().is_empty());

        let seen = |shown: Vec<Shown>| -> Vec<(String, bool, bool)> {
            shown.into_iter().map(|one| (one.display_name.unwrap(), one.online, one.is_hand_raised)).collect()
        };
        let named = |name: &str, online, is_hand_raised| (name.to_owned(), online, is_hand_raised);
        let asked = ["dan", "cleo", "bob", "nobody"].map(user_id);
        let shown = roll.shown_among(one, &asked).await.unwrap();
        assert_eq!(shown[0].place, Participant { status: ParticipantStatus::Joined, ..participant(1, 2, "bob") });
        assert_eq!(seen(shown), [named("bob", true, true), named("cleo", false, false), named("dan", false, false)]);
        assert!(roll.shown_among(one, &[]).await.unwrap().is_empty());
        assert!(roll.shown_among(other, &asked).await.unwrap().is_empty());
        let everybody = roll.shown(one, 0, 51).await.unwrap();
        assert_eq!(everybody.iter().filter(|one| one.online).count() as u64, counted[&one], "as many as are counted");
        let page = roll.shown(one, 3, 1).await.unwrap();
        assert_eq!(seen(page), [named("dan", false, false)]);

        let mut entries = roll.list(one).await.unwrap();
        entries.sort_by(|a, b| a.user_id.cmp(&b.user_id));
        let seen: Vec<_> = entries.iter().map(|entry| (entry.user_id.as_str(), entry.status, entry.online)).collect();
        let (joined, waiting) = (ParticipantStatus::Joined, ParticipantStatus::Waiting);
        assert_eq!(seen, [("ada", joined, true), ("bob", joined, true), ("cleo", joined, false), ("dan", waiting, true)]);
        let bob = &entries[1];
        assert_eq!((bob.may_share, bob.audio, bob.video, bob.entered_at), (true, true, false, Some(at(3))));
        assert_eq!((bob.display_name.as_deref(), entries[0].entered_at), (Some("bob"), None));
    }
}
