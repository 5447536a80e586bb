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
        let all = database.notifications().list_new(0, &[], 10).await.unwrap();
        assert_eq!(numbers(&all), [1, 2, 3, 4]);
        let mut stored = notification(2, "bob");
        stored.position = all[1].position;
        assert_eq!(database.notifications().find(stored.id).await.unwrap(), Some(stored));
        assert_eq!(database.notifications().find(NotificationId(id(9))).await.unwrap(), None);
        let (second, last) = (all[1].position, all[3].position);
        assert_eq!(database.notifications().newest_position().await.unwrap(), last);
        assert_eq!(database.notifications().positions_between(second, last).await.unwrap().len(), 3);
        assert_eq!(numbers(&database.notifications().list_new(last, &[second], 10).await.unwrap()), [2]);
        assert_eq!(numbers(&database.notifications().list_new(0, &[], 2).await.unwrap()), [1, 2]);
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
            assert_eq!(database.notifications().list_new(0, &[], 10).await.unwrap().len(), left);
        }
    }
}
