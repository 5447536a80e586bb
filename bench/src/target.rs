//! What is measured: Mockly, or the bare broadcaster that it is compared with, behind one face.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use mockly_tests::{
    Backend, Mockly, Person, Process, Redis, Request, TOKEN_SECRET, TestDatabase, create_interview, now_s, sign, until,
};
use serde_json::json;

use crate::machine;

/// Near what an event of an interview with this change has; the broadcaster sends as much.
const CHANGE_BYTES: usize = 1_500;

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Mockly,
    Reference,
}

/// A running server with topics that can be changed.
pub(crate) struct Target {
    /// One, or the nodes of Mockly; changes go to the first.
    nodes: Vec<Running>,
    publisher: Publisher,
    /// Who may listen to all of the topics.
    pub(crate) token: String,
    /// These outlive the processes.
    redis: Option<Redis>,
    _database: Option<TestDatabase>,
}

enum Running {
    Mockly(Box<Mockly>),
    Reference(Process),
}

/// How changes are made.
#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    kind: Kind,
    address: SocketAddr,
    /// Ids, and tokens of those who may change them.
    sessions: Vec<(String, String)>,
    /// How large the broadcaster's events are.
    event_bytes: usize,
}

impl Target {
    /// Starts one with so many topics.
    pub(crate) async fn start(kind: Kind, topics: usize) -> Self {
        match kind {
            Kind::Mockly => Self::start_mockly(Backend::Sqlite, 1, None, topics).await,
            Kind::Reference => Self::start_reference(topics, CHANGE_BYTES).await,
        }
    }

    /// Starts so many nodes of Mockly on one of its databases, all on the server's core.
    pub(crate) async fn start_mockly(backend: Backend, count: usize, redis: Option<Redis>, topics: usize) -> Self {
        let database = TestDatabase::create(backend).await;
        let url = redis.as_ref().map(Redis::url);
        let mut settings = settings();
        settings.extend(url.as_deref().map(|url| ("REDIS_URL", url)));
        let mut nodes = Vec::new();
        for _ in 0..count {
            nodes.push(machine::on_server_cpu(Mockly::start(&database, &settings)).await);
        }
        let server = &nodes[0];
        let mut sessions = Vec::new();
        for number in 0..topics {
            let candidate = Person::sign_in(server, &format!("candidate-{number}")).await;
            let interviewer = Person::sign_in(server, &format!("interviewer-{number}")).await;
            let session = create_interview(&candidate, &interviewer).await;
            sessions.push((session["id"].as_str().unwrap().to_owned(), candidate.token));
        }
        let now = now_s();
        let claims = json!({"sub": "listener", "roles": ["admin"], "iat": now, "exp": now + 3_600});
        let token = sign(&claims, TOKEN_SECRET);
        Person::with_token(server, "listener", token.clone()).http.get("/api/users/me").await.expect(200);
        let publisher =
            Publisher { kind: Kind::Mockly, address: server.address(), sessions, event_bytes: CHANGE_BYTES };
        let nodes = nodes.into_iter().map(|node| Running::Mockly(Box::new(node))).collect();
        Self { nodes, publisher, token, redis, _database: Some(database) }
    }

    /// Starts the broadcaster, whose events are so large.
    pub(crate) async fn start_reference(topics: usize, event_bytes: usize) -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        let mut command = Command::new(program);
        command.arg("reference").stdin(Stdio::null());
        let (process, address) = machine::on_server_cpu(async {
            let mut process = Process::start("reference", &mut command);
            process.keep_output();
            let address = until("address of the reference", async || process.log().trim().parse().ok()).await;
            (process, address)
        })
        .await;
        let sessions = (0..topics).map(|number| (number.to_string(), String::new())).collect();
        let publisher = Publisher { kind: Kind::Reference, address, sessions, event_bytes };
        let nodes = vec![Running::Reference(process)];
        Self { nodes, publisher, token: String::new(), redis: None, _database: None }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.publisher.address
    }

    /// Where each node listens.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        let address = |node: &Running| match node {
            Running::Mockly(server) => server.address(),
            Running::Reference(_) => self.address(),
        };
        self.nodes.iter().map(address).collect()
    }

    pub(crate) fn topics(&self) -> Vec<String> {
        self.publisher.sessions.iter().map(|(id, _)| format!("/topic/sessions/{id}")).collect()
    }

    pub(crate) fn publisher(&self) -> Publisher {
        self.publisher.clone()
    }

    /// Of all nodes together.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        self.process_ids().into_iter().map(machine::cpu_seconds).sum()
    }

    /// Of all nodes together.
    pub(crate) fn resident_bytes(&self) -> u64 {
        self.process_ids().into_iter().map(machine::resident_bytes).sum()
    }

    pub(crate) fn process_ids(&self) -> Vec<u32> {
        let id = |node: &Running| match node {
            Running::Mockly(server) => server.process().id(),
            Running::Reference(process) => process.id(),
        };
        self.nodes.iter().map(id).collect()
    }

    /// User and system time of the Redis between the nodes so far, in seconds.
    pub(crate) fn redis_cpu_seconds(&self) -> Option<f64> {
        self.redis.as_ref().and_then(Redis::id).map(machine::cpu_seconds)
    }
}

impl Publisher {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The request that makes an event of the topic which carries the stamp.
    pub(crate) fn change(&self, topic: usize, stamp: &str) -> Request {
        let (id, token) = &self.sessions[topic];
        match self.kind {
            Kind::Mockly => {
                Request::new("PATCH", format!("/api/sessions/{id}")).bearer(token).json(&json!({"title": stamp}))
            }
            Kind::Reference => {
                let padding = "x".repeat(self.event_bytes - stamp.len());
                Request::new("PATCH", format!("/{id}")).json(&json!({"title": stamp, "padding": padding}))
            }
        }
    }
}

/// As in production, but for bounds that one machine as everyone's client would meet, and a log of what is wrong only.
pub(crate) fn settings() -> Vec<(&'static str, &'static str)> {
    vec![
        ("SOCKETS_PER_USER_MAX", "100000"),
        ("CONNECTIONS_MAX", "50000"),
        ("WORKERS", "1"),
        ("LOG_LEVEL", "warn,mockly::commands=info"),
    ]
}
