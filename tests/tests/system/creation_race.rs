//! One active session (R1): of any number of requests at the same moment exactly one wins, on both databases.

use futures_util::future::join_all;
use mockly_tests::{Backend, Mockly, Person, TestDatabase, raise_open_files, run};
use serde_json::json;

const REQUESTS: usize = 200;

#[test]
fn one_of_many_wins_on_sqlite() {
    run(Backend::Sqlite, one_of_many_wins);
}

#[test]
fn one_of_many_wins_on_postgres() {
    run(Backend::Postgres, one_of_many_wins);
}

async fn one_of_many_wins(database: TestDatabase) {
    raise_open_files(2 * REQUESTS);
    let server = Mockly::start(&database, &[]).await;
    let candidate = Person::sign_in(&server, "candidate").await;
    let mut others = Vec::new();
    for number in 0..4 {
        others.push(Person::sign_in(&server, &format!("interviewer-{number}")).await);
    }
    let requests = (0..REQUESTS).map(|number| {
        let body = json!({"interviewerId": others[number % others.len()].id});
        let candidate = candidate.clone();
        async move { candidate.http.post("/api/sessions", &body).await }
    });
    let answers = join_all(requests).await;

    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    let refusals: Vec<_> = lost.iter().map(|answer| (answer.status, answer.code())).collect();
    assert_eq!(won.len(), 1, "{refusals:?}");
    let id = won[0].json()["id"].clone();
    for answer in &lost {
        assert_eq!((answer.status, answer.code().as_str()), (400, "active-session-exists"), "{}", answer.text());
        assert_eq!(answer.json()["activeSessionId"], id, "the refusal names what stands in the way");
    }
    let mine = candidate.http.get("/api/sessions").await.expect(200);
    assert_eq!(mine["total"], 1, "nothing of the others was stored");
    for other in &others {
        let total = other.http.get("/api/sessions").await.expect(200)["total"].as_u64().unwrap();
        let invited = won[0].json()["participants"].as_array().unwrap().iter().any(|one| one["userId"] == other.id);
        assert_eq!(total, u64::from(invited), "{} sees only what took place", other.id);
    }
    server.stop().await;
}
