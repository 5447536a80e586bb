//! Two servers on one PostgreSQL and nothing else between them.

use std::time::Duration;

use mockly_tests::{Backend, Mockly, Person, StompClient, create_interview, end_session, run, within};

/// How soon after its commit a change is heard on other nodes, whose relays look into the table of events every half
/// second.
const HEARD_WITHIN: Duration = Duration::from_secs(2);

/// What one node changes, the sockets of the other hear, soon, in order and once.
#[test]
fn a_change_on_one_node_is_heard_on_the_other() {
    run(Backend::Postgres, async |database| {
        let first = Mockly::start(&database, &[]).await;
        let second = Mockly::start(&database, &[]).await;
        let alice = Person::sign_in(&first, "alice").await;
        let bob = Person::sign_in(&second, "bob").await;
        let mut heard_by_bob = StompClient::connect(second.address(), &bob.token).await.unwrap();
        heard_by_bob.subscribe("mine", &bob.topic(), &[]).await.unwrap();

        let session = create_interview(&alice, &bob).await;
        let id = session["id"].as_str().unwrap();
        // The answer comes after the commit.
        let event = within(HEARD_WITHIN, "event on the second node", heard_by_bob.event()).await;
        assert_eq!((event["type"].as_str(), &event["data"]["id"]), (Some("SESSION_CREATED"), &session["id"]));

        heard_by_bob.subscribe("session", &format!("/topic/sessions/{id}"), &[]).await.unwrap();
        alice.http.post_empty(&format!("/api/sessions/{id}/join")).await.expect(200);
        end_session(&alice, id).await;
        let mut of_session = Vec::new();
        let mut of_user = Vec::new();
        while of_session.last() != Some(&"SESSION_ENDED".to_owned()) || of_user.last() != of_session.last() {
            let next = within(HEARD_WITHIN, "next event on the second node", heard_by_bob.next()).await;
            let frame = next.unwrap().expect("the connection goes on");
            let event = frame.json();
            let kind = event["type"].as_str().unwrap().to_owned();
            match frame.header("subscription") {
                Some("session") => of_session.push(kind),
                _ => of_user.push(kind),
            }
        }
        assert_eq!(of_session, of_user, "both topics tell the same");
        assert!(of_session.contains(&"PARTICIPANT_JOINED".to_owned()), "{of_session:?}");
        drop(heard_by_bob);
        first.stop().await;
        second.stop().await;
    });
}
