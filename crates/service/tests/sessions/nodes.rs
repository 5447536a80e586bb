//! Nodes that tell each other by Redis.

use std::sync::Arc;
use std::time::Duration;

use futures_util::join;
use mockly_domain::SessionId;
use mockly_realtime::Topic;
use mockly_service::{DiskBlobs, NoMedia, PatchSession, RedisReadiness, RedisSettings, Requester};
use serde_json::Map;
use tokio_util::sync::CancellationToken;

use super::relay::Ear;
use super::stage::Stage;
use crate::support::{Backend, TestDatabase, TestWorld, redis_url, run};

/// Longer than any test: what is found sooner was told.
const NEVER: Duration = Duration::from_hours(10);

fn redis() -> RedisSettings {
    RedisSettings::from_url(&redis_url()).unwrap()
}

async fn edit(stage: &Stage, id: SessionId, title: &str) {
    let patch = PatchSession { title: Some(title.to_owned()), ..PatchSession::default() };
    stage.services().patch_session(&stage.bob, id, None, patch).await.unwrap();
}

/// Neither node looks by itself, so what one stores reaches the other because it was told.
#[test]
fn what_one_node_stores_the_others_are_told_of() {
    run(Backend::Postgres, async |database: TestDatabase| {
        let blobs = Arc::new(DiskBlobs::new(database.files()));
        let stage = Stage::with_blobs(&database, blobs, |settings| settings.look_every = NEVER).await;
        let other = TestWorld::with(&database, Arc::new(NoMedia), |settings| settings.look_every = NEVER);
        let id = stage.running_interview().await;
        let mut ear = Ear::new(&other, &stage.ada, &Topic::Session(id));
        let mut bell = Ear::new(&other, &stage.ada, &Topic::UserNotifications(stage.ada.user_id().clone()));
        assert_eq!(other.services.readiness().await.redis, RedisReadiness::NotConfigured);
        let stop = CancellationToken::new();
        let (relay_here, relay_there) = (stage.world.relay(&stop).await, other.relay(&stop).await);
        let nodes = async {
            join!(
                relay_here,
                relay_there,
                stage.services().clone().run_peers(redis(), stop.clone()),
                other.services.clone().run_peers(redis(), stop.clone()),
            )
        };
        let story = async {
            // The first may be found as the link is made, since all is looked at then; the others are told.
            for title in ["first", "second", "third"] {
                edit(&stage, id, title).await;
                while ear.next_body().await["data"]["title"] != title {}
            }
            let who = Requester::User(&stage.admin);
            let sent = stage.services().send_notification(who, stage.ada.user_id(), "told", &Map::new()).await.unwrap();
            let heard = bell.next_body().await;
            assert_eq!(heard["id"], sent.id.to_string());
            for node in [stage.services(), &other.services] {
                assert_eq!(node.readiness().await.redis, RedisReadiness::Up);
            }
            stop.cancel();
        };
        join!(nodes, story);
    });
}
