//! Notifications: on their user's topic, on every node, and again for one who comes back.

use std::sync::Arc;
use std::time::Duration;

use futures_util::join;
use mockly_data::Store;
use mockly_domain::{Notification, NotificationId, UserId};
use mockly_realtime::Topic;
use mockly_service::{IdSource, NoMedia, SystemIds};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::relay::Ear;
use super::stage::Stage;
use crate::support::{TestWorld, on_both_databases};

const SECOND: Duration = Duration::from_secs(1);

/// Stores one as a change of this world would.
async fn tell(world: &TestWorld, user: &UserId, number: usize) -> NotificationId {
    let id = NotificationId(SystemIds.uuid());
    let work = world.database.begin().await.unwrap();
    let notification = Notification {
        position: 0,
        id,
        user_id: user.clone(),
        event: "test:told".to_owned(),
        payload: json!({ "number": number }).to_string(),
        created_at: world.now(),
        read_at: None,
    };
    work.notifications().append(&notification).await.unwrap();
    work.commit().await.unwrap();
    id
}

on_both_databases! {
    async fn whoever_listens_hears_it_on_every_node_and_nobody_else(database) {
        let stage = Stage::new(&database).await;
        let other = TestWorld::with(&database, Arc::new(NoMedia), |_settings| ());
        let ada = stage.ada.user_id();
        let topic = Topic::UserNotifications(ada.clone());
        let mut here = Ear::new(&stage.world, &stage.ada, &topic);
        let mut there = Ear::new(&other, &stage.ada, &topic);
        let mut of_bob = Ear::new(&other, &stage.bob, &Topic::UserNotifications(stage.bob.user_id().clone()));
        let stop = CancellationToken::new();
        let (relay_here, relay_there) = (stage.world.relay(&stop).await, other.relay(&stop).await);
        let relays = async { join!(relay_here, relay_there) };
        let listening = async {
            let id = tell(&stage.world, ada, 1).await;
            for ear in [&mut here, &mut there] {
                let heard = ear.next_body().await;
                let expected = json!({
                    "id": id,
                    "event": "test:told",
                    "payload": { "number": 1 },
                    "timestamp": stage.now(),
                });
                assert_eq!(heard, expected);
            }
            stop.cancel();
        };
        join!(relays, listening);
        assert_eq!(of_bob.next_within(Duration::ZERO).await, None);
    }

    async fn one_who_comes_back_gets_what_was_missed_for_seven_days(database) {
        let stage = Stage::new(&database).await;
        let ada = stage.ada.user_id();
        let topic = Topic::UserNotifications(ada.clone());
        let mut ids = Vec::new();
        for number in 0..5 {
            ids.push(tell(&stage.world, ada, number).await);
            tell(&stage.world, stage.bob.user_id(), number).await;
            stage.sleep(61 * SECOND);
        }
        let resume = async |id: &str| stage.services().resume_point(&topic, id).await.unwrap();
        let mut point = resume(&ids[2].to_string()).await.unwrap();
        let mut missed = Vec::new();
        loop {
            let batch = stage.services().replay(&topic, &point, 2).await.unwrap();
            let Some(last) = batch.last() else { break };
            point = point.after(last);
            missed.extend(batch.iter().map(|message| NotificationId(message.event_id.0)));
        }
        // From a minute before the last one, which is told again.
        assert_eq!(missed, ids[2..]);
        let of_bob = stage.world.database.notifications();
        let of_bob = of_bob.list_of_user(stage.bob.user_id(), mockly_domain::Timestamp::MIN, 0, 1).await.unwrap();
        for unusable in [of_bob[0].id.to_string(), SystemIds.uuid().to_string(), String::new(), "x".to_owned()] {
            assert_eq!(resume(&unusable).await, None, "{unusable}");
        }
        stage.sleep(Duration::from_hours(7 * 24));
        assert_eq!(resume(&ids[4].to_string()).await, None);
    }
}
