//! REST beside the bare SQL of the same requests: what asks the database is on one core, PostgreSQL and the generator, which
//! has nothing to do meanwhile where `pgbench` asks, on the other.

use std::time::{Duration, Instant};

use mockly_tests::{Backend, HttpConnection, Mockly, Person, Request, TestDatabase, create_interview, user_token};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::pgbench::Pgbench;
use crate::sql::Sql;
use crate::{machine, target};

/// Connections that ask one request after the other.
pub(crate) const CLIENTS: usize = 8;
const READ_FOR: Duration = Duration::from_secs(4);
/// Sessions created, each by somebody who holds none.
const CREATES: usize = 2_000;

pub(crate) async fn measure() -> Value {
    let mut report = json!({"clients": CLIENTS, "sqlite": on(Backend::Sqlite).await});
    if std::env::var_os("TEST_DATABASE_URL").is_some() {
        report["postgres"] = on(Backend::Postgres).await;
    }
    report
}

async fn on(backend: Backend) -> Value {
    let database = TestDatabase::create(backend).await;
    let server = machine::on_server_cpu(Mockly::start(&database, &target::settings())).await;
    let interviewer = Person::sign_in(&server, "interviewer").await;
    // Each reads a session of its own, so that nothing is shared but the turns to the database.
    let (mut sessions, mut requests) = (Vec::new(), Vec::new());
    for number in 0..CLIENTS {
        // The statements name the first of them.
        let name = if number == 0 { "candidate".to_owned() } else { format!("candidate-{number}") };
        let candidate = Person::sign_in(&server, &name).await;
        let created = create_interview(&candidate, &interviewer).await;
        let id = created["id"].as_str().unwrap();
        requests.push(Request::new("GET", format!("/api/sessions/{id}")).bearer(&candidate.token));
        sessions.push(id.to_owned());
    }
    let reads = read(&server, requests).await;
    let creators = sign_in(&server, CREATES).await;
    let creates = create(&server, creators).await;
    // The server is gone by then, so that nobody else reads or writes.
    server.stop().await;
    let (sql_reads, sql_creates) = match backend {
        Backend::Sqlite => {
            let sql = Sql::open(&database, &sessions[0]).await;
            (sql.read_for(READ_FOR).await, sql.create(CREATES).await)
        }
        Backend::Postgres => {
            let sql = Pgbench::open(&database, &sessions[0]).await;
            machine::on_server_cpu(async { (sql.read_for(CLIENTS, READ_FOR), sql.create(CLIENTS, CREATES)) }).await
        }
    };
    database.remove().await;
    json!({"reads": beside(&reads, sql_reads), "creates": beside(&creates, sql_creates)})
}

fn beside(rest: &Value, sql_per_second: f64) -> Value {
    let ratio = rest["requestsPerSecond"].as_f64().unwrap() / sql_per_second;
    json!({"mockly": rest, "bareSqlPerSecond": sql_per_second, "ratio": ratio})
}

/// Sends each of the requests over a connection of its own, again and again, as fast as it goes.
pub(crate) async fn read(server: &Mockly, requests: Vec<Request>) -> Value {
    let cpu = machine::cpu_seconds(server.process().id());
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for request in requests {
        let address = server.address();
        clients.spawn_local(async move {
            let mut connection = HttpConnection::open(address).await.expect("the server listens");
            let mut latencies = Vec::new();
            while began.elapsed() < READ_FOR {
                let asked = Instant::now();
                let answer = connection.send(&request).await.expect("the server answers");
                assert_eq!(answer.status, 200, "{}", answer.text());
                latencies.push(asked.elapsed());
            }
            latencies
        });
    }
    let latencies = clients.join_all().await.concat();
    describe(latencies, began.elapsed(), machine::cpu_seconds(server.process().id()) - cpu)
}

/// People who hold nothing yet; the first request of each makes the user.
pub(crate) async fn sign_in(server: &Mockly, count: usize) -> Vec<String> {
    let mut connection = HttpConnection::open(server.address()).await.expect("the server listens");
    let mut tokens = Vec::with_capacity(count);
    for number in 0..count {
        let token = user_token(&format!("creator-{number}"), "Creator");
        let answer = connection.send(&Request::new("GET", "/api/users/me").bearer(&token)).await;
        assert_eq!(answer.expect("the server answers").status, 200);
        tokens.push(token);
    }
    tokens
}

/// Has each of them create a session.
pub(crate) async fn create(server: &Mockly, creators: Vec<String>) -> Value {
    let cpu = machine::cpu_seconds(server.process().id());
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for tokens in creators.chunks(creators.len().div_ceil(CLIENTS)) {
        let (address, tokens) = (server.address(), tokens.to_vec());
        clients.spawn_local(async move {
            let mut connection = HttpConnection::open(address).await.expect("the server listens");
            let mut latencies = Vec::new();
            for token in tokens {
                let body = json!({"interviewerId": "interviewer"});
                let request = Request::new("POST", "/api/sessions").bearer(&token).json(&body);
                let asked = Instant::now();
                let answer = connection.send(&request).await.expect("the server answers");
                assert_eq!(answer.status, 201, "{}", answer.text());
                latencies.push(asked.elapsed());
            }
            latencies
        });
    }
    let latencies = clients.join_all().await.concat();
    describe(latencies, began.elapsed(), machine::cpu_seconds(server.process().id()) - cpu)
}

fn describe(mut latencies: Vec<Duration>, took: Duration, cpu_seconds: f64) -> Value {
    latencies.sort_unstable();
    let at = |per_mille: usize| {
        latencies[(latencies.len() * per_mille / 1_000).min(latencies.len() - 1)].as_secs_f64() * 1e3
    };
    json!({
        "requestsPerSecond": latencies.len() as f64 / took.as_secs_f64(),
        "latencyMs": {"p50": at(500), "p99": at(990)},
        "serverCpuMsPerRequest": cpu_seconds * 1e3 / latencies.len() as f64,
        "serverCpuShare": cpu_seconds / took.as_secs_f64(),
    })
}
