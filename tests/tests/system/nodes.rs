//! Two servers on one PostgreSQL and nothing else between them.

use std::time::{Duration, Instant};

use mockly_tests::{Backend, Mockly, Person, StompClient, create_interview, end_session, run};

/// What one node changes, the sockets of the other hear, in order and once. The way between them is the relay's look
/// into the table of events every half second; 2 s is what the product promises on a machine that has time for it.
#[test]
fn a_change_on_one_node_is_heard_on_the_other() {
    run(Backend::Postgres, async |database| {
        let first = Mockly::start(&database, &[]).await;
        let second = Mockly::start(&database, &[]).await;
        let alice = Person::sign_in(&first, "alice").await;
        let bob = Person::sign_in(&second, "bob").await;
        let mut heard_by_bob = StompClient::connect(second.address(), &bob.token).await.unwrap();
        heard_by_bob.subscribe("mine", &bob.topic(), &[]).await.unwrap();

        let asked = Instant::now();
        let session = create_interview(&alice, &bob).await;
        let id = session["id"].as_str().unwrap();
        let event = heard_by_bob.event().await;
        assert_eq!((event["type"].as_str(), &event["data"]["id"]), (Some("SESSION_CREATED"), &session["id"]));
        let took = asked.elapsed();
        assert!(took < Duration::from_secs(10), "the relay looks every half second; this took {took:?}");

        heard_by_bob.subscribe("session", &format!("/topic/sessions/{id}"), &[]).await.unwrap();
        alice.http.post_empty(&format!("/api/sessions/{id}/join")).await.expect(200);
        end_session(&alice, id).await;
        let mut of_session = Vec::new();
        let mut of_user = Vec::new();
        while of_session.last() != Some(&"SESSION_ENDED".to_owned()) || of_user.last() != of_session.last() {
            let frame = heard_by_bob.next().await.unwrap().expect("the connection goes on");
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
