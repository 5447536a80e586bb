//! Service keys: found by their hash, listed in order, gone when they are revoked.

use mockly_data::Store;
use mockly_domain::{ServiceKey, ServiceKeyId, ServiceKeyScope};

use crate::support::{at, id, on_both_databases, user_id, with_users, write};

fn key(number: u128, scopes: &[ServiceKeyScope]) -> ServiceKey {
    ServiceKey {
        id: ServiceKeyId(id(number)),
        name: format!("Key {number}"),
        scopes: scopes.to_vec(),
        created_by: user_id("ada"),
        created_at: at(i64::try_from(number).unwrap()),
    }
}

on_both_databases! {
    async fn a_key_is_found_by_its_hash_until_it_is_deleted(database) {
        with_users(&database, &["ada"]).await;
        let (one, two) = (key(1, &[ServiceKeyScope::Users, ServiceKeyScope::ActAs]), key(2, &[ServiceKeyScope::Analyses]));
        write(&database, async |work| {
            work.service_keys().insert(&two, &[2; 32]).await?;
            work.service_keys().insert(&one, &[1; 32]).await
        })
        .await;
        let keys = database.service_keys();
        assert_eq!(keys.find_by_hash(&[1; 32]).await.unwrap(), Some(one.clone()));
        assert_eq!(keys.find_by_hash(&[3; 32]).await.unwrap(), None);
        assert_eq!(keys.list(0, 9).await.unwrap(), [one.clone(), two.clone()]);
        assert_eq!((keys.list(1, 9).await.unwrap(), keys.count().await.unwrap()), (vec![two], 2));
        for expected in [true, false] {
            assert_eq!(write(&database, async |work| work.service_keys().delete(one.id).await).await, expected);
        }
        assert_eq!(keys.find_by_hash(&[1; 32]).await.unwrap(), None);
    }
}
