//! Notifications: their order, their reader, their end.

use mockly_data::{ByPosition, Store};
use mockly_domain::{Notification, NotificationId};

use crate::support::{at, id, on_both_databases, user_id, with_users, write};

fn notification(number: u128, user: &str) -> Notification {
    Notification {
        position: 0,
        id: NotificationId(id(number)),
        user_id: user_id(user),
        event: "test:told".to_owned(),
        payload: format!(r#"{{"number":{number}}}"#),
        created_at: at(i64::try_from(number).unwrap()),
        read_at: None,
    }
}

fn numbers(found: &[Notification]) -> Vec<u128> {
    found.iter().map(|notification| notification.id.0.as_u128()).collect()
}

on_both_databases! {
    async fn each_comes_back_as_stored_and_in_the_order_of_storing(database) {
        with_users(&database, &["ada", "bob"]).await;
        assert_eq!(database.notifications().newest_position().await.unwrap(), 0);
        write(&database, async |work| {
            for (number, user) in [(1, "ada"), (2, "bob"), (3, "ada"), (4, "ada")] {
                work.notifications().append(&notification(number, user)).await?;
            }
            Ok(())
        })
        .await;
        let all = database.notifications().list_new(0, &[], 10).await.unwrap().rows;
        assert_eq!(numbers(&all), [1, 2, 3, 4]);
        let mut stored = notification(2, "bob");
        stored.position = all[1].position;
        assert_eq!(database.notifications().find(stored.id).await.unwrap(), Some(stored));
        assert_eq!(database.notifications().find(NotificationId(id(9))).await.unwrap(), None);
        let (second, last) = (all[1].position, all[3].position);
        assert_eq!(database.notifications().newest_position().await.unwrap(), last);
        assert_eq!(database.notifications().positions_between(second, last).await.unwrap().len(), 3);
        assert_eq!(numbers(&database.notifications().list_new(last, &[second..=second], 10).await.unwrap().rows), [2]);
        assert_eq!(numbers(&database.notifications().list_new(0, &[], 2).await.unwrap().rows), [1, 2]);
    }

    async fn a_user_has_ones_own_from_a_time_and_a_place_on(database) {
        with_users(&database, &["ada", "bob"]).await;
        write(&database, async |work| {
            for (number, user) in [(1, "ada"), (2, "bob"), (3, "ada"), (4, "ada")] {
                work.notifications().append(&notification(number, user)).await?;
            }
            Ok(())
        })
        .await;
        let of_ada = async |since, after, limit| {
            database.notifications().list_of_user(&user_id("ada"), at(since), after, limit).await.unwrap()
        };
        let all = of_ada(0, 0, 10).await;
        assert_eq!(numbers(&all), [1, 3, 4]);
        assert_eq!(numbers(&of_ada(3, 0, 10).await), [3, 4]);
        assert_eq!(numbers(&of_ada(0, all[0].position, 1).await), [3]);
        assert!(of_ada(0, all[2].position, 10).await.is_empty());
    }

    async fn of_a_subject_one_at_a_time_is_unread(database) {
        with_users(&database, &["ada", "bob"]).await;
        let tell = async |number, user: &str, subject: Option<&str>| {
            let told = [notification(number, user)];
            write(&database, async |work| work.notifications().append_many(&told, subject).await).await
        };
        assert_eq!(tell(1, "ada", Some("hand")).await, 1);
        assert_eq!(tell(2, "ada", Some("hand")).await, 0);
        assert_eq!((tell(3, "ada", Some("door")).await, tell(4, "bob", Some("hand")).await), (1, 1));
        assert_eq!((tell(5, "ada", None).await, tell(6, "ada", None).await), (1, 1));
        write(&database, async |work| work.notifications().mark_read(NotificationId(id(1)), at(9)).await).await;
        assert_eq!((tell(7, "ada", Some("hand")).await, tell(8, "ada", Some("hand")).await), (1, 0));
    }

    async fn many_are_stored_at_once_and_those_who_have_one_unread_are_left_out(database) {
        let users: Vec<String> = (0..1_200).map(|n| format!("u{n}")).collect();
        let ids: Vec<&str> = users.iter().map(String::as_str).collect();
        with_users(&database, &ids).await;
        let rows: Vec<Notification> = (1..).zip(&ids).map(|(number, user)| notification(number, user)).collect();
        let (first, rest) = rows.split_at(1);
        write(&database, async |work| work.notifications().append_many(first, Some("s")).await).await;
        let mut again = rows.clone();
        again[0].id = NotificationId(id(9_999));
        let stored = write(&database, async |work| work.notifications().append_many(&again, Some("s")).await).await;
        assert_eq!(stored, rest.len() as u64);
        assert_eq!(database.notifications().list_new(0, &[], 9_999).await.unwrap().rows.len(), 1_200);
    }

    async fn a_list_is_newest_first_and_tells_what_is_unread(database) {
        with_users(&database, &["ada", "bob"]).await;
        write(&database, async |work| {
            for (number, user) in [(1, "ada"), (2, "bob"), (3, "ada"), (4, "ada")] {
                work.notifications().append(&notification(number, user)).await?;
            }
            Ok(())
        })
        .await;
        let (all, ada) = (database.notifications(), user_id("ada"));
        assert_eq!(numbers(&all.list_newest(&ada, false, 0, 2).await.unwrap()), [4, 3]);
        assert_eq!(numbers(&all.list_newest(&ada, false, 2, 2).await.unwrap()), [1]);
        for at_secs in [7, 8] {
            let read = NotificationId(id(3));
            write(&database, async |work| work.notifications().mark_read(read, at(at_secs)).await).await;
        }
        assert_eq!(all.find(NotificationId(id(3))).await.unwrap().unwrap().read_at, Some(at(7)));
        assert_eq!(numbers(&all.list_newest(&ada, true, 0, 9).await.unwrap()), [4, 1]);
        assert_eq!((all.count(&ada, false).await.unwrap(), all.count(&ada, true).await.unwrap()), (3, 2));
        let read = write(&database, async |work| work.notifications().mark_all_read(&ada, at(9)).await).await;
        assert_eq!((read, all.count(&ada, true).await.unwrap()), (2, 0));
        assert_eq!(all.count(&user_id("bob"), true).await.unwrap(), 1);
    }

    async fn old_ones_go_in_portions(database) {
        with_users(&database, &["ada"]).await;
        write(&database, async |work| {
            for number in 1..=5 {
                work.notifications().append(&notification(number, "ada")).await?;
            }
            Ok(())
        })
        .await;
        for (expected, left) in [(2, 3), (1, 2), (0, 2)] {
            let gone = write(&database, async |work| work.notifications().purge(at(4), 2).await).await;
            assert_eq!(gone, expected);
            assert_eq!(database.notifications().list_new(0, &[], 10).await.unwrap().rows.len(), left);
        }
    }
}
