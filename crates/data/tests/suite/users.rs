//! Users.

use mockly_data::{DataError, Store};
use mockly_domain::{UserRole, UserSource};
use sea_orm::ConnectionTrait as _;

use crate::support::{Backend, at, on_both_databases, run, user, user_id, write};

/// SQLite stores what it is given; PostgreSQL's columns know their types.
#[test]
fn a_row_with_a_value_of_another_type_fails_nobody_who_asks_at_the_same_moment() {
    run(Backend::Sqlite, async |home| {
        let database = home.migrated().await;
        write(&database, async |work| {
            work.users().insert(&user("a", "Ada", &[])).await?;
            work.users().insert(&user("b", "Bob", &[])).await
        })
        .await;
        let connection = sea_orm::Database::connect(home.url()).await.unwrap();
        connection.execute_unprepared("UPDATE users SET created_at = 'at noon' WHERE id = 'a'").await.unwrap();
        let (users, ada, bob) = (database.users(), user_id("a"), user_id("b"));
        // The first read is of one of them; the others wait for the second, which is of both.
        let (_, for_ada, for_bob) = tokio::join!(users.find(&ada), users.find(&ada), users.find(&bob));
        assert!(matches!(for_ada, Err(DataError::Corrupt(_))), "{for_ada:?}");
        assert_eq!(for_bob.unwrap().map(|found| found.display_name), Some("Bob".to_owned()));
    });
}

on_both_databases! {
    async fn a_user_comes_back_as_stored_and_is_added_once(database) {
        let mut ada = user("auth0|1", "Ada", &[UserRole::Mentor, UserRole::Admin]);
        ada.source = Some(UserSource::Oidc);
        ada.email = Some("ada@example.org".to_owned());
        ada.avatar_url = Some("https://example.org/a.png".to_owned());
        ada.profile_issued_at = Some(at(-5));
        assert!(write(&database, async |work| work.users().insert(&ada).await).await);
        assert_eq!(database.users().find(&ada.id).await.unwrap(), Some(ada.clone()));
        // A second first token: the row of the first one stays.
        assert!(!write(&database, async |work| work.users().insert(&user("auth0|1", "Eve", &[])).await).await);
        assert_eq!(database.users().find(&ada.id).await.unwrap(), Some(ada.clone()));

        let mut changed = ada.clone();
        (changed.display_name, changed.email, changed.roles) = ("Ada L.".to_owned(), None, Vec::new());
        (changed.created_at, changed.updated_at) = (at(99), at(99));
        write(&database, async |work| work.users().update(&changed).await).await;
        changed.created_at = ada.created_at;
        assert_eq!(database.users().find(&ada.id).await.unwrap(), Some(changed));
        assert_eq!(database.users().find(&user_id("auth0|2")).await.unwrap(), None);
    }

    async fn many_are_found_at_once_and_unknown_ones_are_absent(database) {
        write(&database, async |work| {
            work.users().insert(&user("a", "Ada", &[])).await?;
            work.users().insert(&user("b", "Bob", &[])).await
        })
        .await;
        let ids = [user_id("a"), user_id("b"), user_id("c")];
        let found = database.users().find_many(&ids).await.unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[&ids[1]].display_name, "Bob");
        assert!(database.users().find_many(&[]).await.unwrap().is_empty());
    }

    async fn a_search_takes_every_character_as_it_is(database) {
        write(&database, async |work| {
            for (id, name) in
                [("1", "Ada_L"), ("2", "AdaXL"), ("3", "100% Bob"), ("4", "100 Bob"), ("5", r"back\slash"), ("6", "Élodie")]
            {
                work.users().insert(&user(id, name, &[])).await?;
            }
            Ok(())
        })
        .await;
        for (query, ids) in [
            ("a_l", vec!["1"]),
            ("ADA", vec!["2", "1"]),
            ("%", vec!["3"]),
            ("0%", vec!["3"]),
            (r"\", vec!["5"]),
            (r"\_", vec![]),
            ("'; --", vec![]),
            // The query was folded by Unicode and the column, without a locale, by ASCII: no spelling found such a name.
            ("Élo", vec!["6"]),
            ("Odie", vec!["6"]),
        ] {
            let (found, total) = database.users().search(Some(query), None, 0, 20).await.unwrap();
            let found: Vec<&str> = found.iter().map(|user| user.id.as_str()).collect();
            assert_eq!(found, ids, "{query}");
            assert_eq!(total, ids.len() as u64, "{query}");
        }
    }

    async fn a_search_by_role_meets_whole_roles_and_pages_have_the_total(database) {
        write(&database, async |work| {
            for n in 0..5 {
                let roles: &[UserRole] = if n == 0 { &[] } else { &[UserRole::Teacher, UserRole::Mentor] };
                work.users().insert(&user(&n.to_string(), &format!("Name {n}"), roles)).await?;
            }
            Ok(())
        })
        .await;
        for (role, offset, limit, total, ids) in [
            (None, 0, 2, 5, vec!["0", "1"]),
            (None, 4, 2, 5, vec!["4"]),
            (None, 9, 2, 5, vec![]),
            (Some(UserRole::Member), 0, 9, 5, vec!["0", "1", "2", "3", "4"]),
            (Some(UserRole::Mentor), 2, 2, 4, vec!["3", "4"]),
            (Some(UserRole::Admin), 0, 9, 0, vec![]),
        ] {
            let (found, found_total) = database.users().search(None, role, offset, limit).await.unwrap();
            let found: Vec<&str> = found.iter().map(|user| user.id.as_str()).collect();
            assert_eq!((found, found_total), (ids, total), "{role:?} {offset}");
        }
    }

    async fn those_with_a_role_are_listed_in_the_order_of_their_ids(database) {
        write(&database, async |work| {
            for (id, roles) in [("b", [UserRole::Admin]), ("a", [UserRole::Admin]), ("c", [UserRole::Mentor])] {
                work.users().insert(&user(id, id, &roles)).await?;
            }
            Ok(())
        })
        .await;
        let admins = database.users().list_ids_with_role(UserRole::Admin, 10).await.unwrap();
        assert_eq!(admins, [user_id("a"), user_id("b")]);
        assert_eq!(database.users().list_ids_with_role(UserRole::Admin, 1).await.unwrap(), [user_id("a")]);
    }
}
