//! One application with a database of its own per test, driven in process.

mod services;
pub(crate) mod socket;

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use actix_http::Request;
use actix_web::body::to_bytes;
use actix_web::dev::Service as _;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, init_service};
use actix_web::{HttpResponse, http::StatusCode};
use futures_util::future::LocalBoxFuture;
use mockly_api::{ApiState, HttpSettings, Rate, Rates};
use mockly_domain::UserRole;
use mockly_service::{Media, NoMedia};
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

/// The whole application.
pub(crate) struct TestApp {
    call: Box<dyn Fn(Request) -> LocalBoxFuture<'static, Answer>>,
    pub(crate) state: Arc<ApiState>,
    pub(crate) clock: Arc<services::TestClock>,
    database: Arc<services::TempDatabase>,
}

/// What it answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Somebody with an account.
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) token: String,
}

/// No limits.
pub(crate) fn rates_off() -> Rates {
    let off = Rate::per_minute(0);
    Rates {
        session_creation: off,
        sign_in_per_account: off,
        sign_in_per_address: off,
        api_per_user: off,
        api_per_address: off,
        doors_per_user: off,
    }
}

impl TestApp {
    /// The application as it comes, but for the rates, which no test means to meet by chance.
    pub(crate) async fn new() -> Self {
        Self::with(HttpSettings { rates: rates_off(), ..HttpSettings::default() }).await
    }

    /// The application with other settings.
    pub(crate) async fn with(settings: HttpSettings) -> Self {
        Self::on(Arc::new(services::TempDatabase::new()), Arc::default(), Arc::new(NoMedia), settings).await
    }

    /// The application with a LiveKit that is away.
    pub(crate) async fn with_livekit_away() -> Self {
        let settings = HttpSettings { rates: rates_off(), ..HttpSettings::default() };
        let database = Arc::new(services::TempDatabase::new());
        Self::on(database, Arc::default(), services::livekit_away(), settings).await
    }

    async fn on(
        database: Arc<services::TempDatabase>,
        clock: Arc<services::TestClock>,
        media: Arc<dyn Media>,
        settings: HttpSettings,
    ) -> Self {
        let services = services::start(&database, Arc::clone(&clock), media).await;
        let state = ApiState::new(services, settings, None, TaskTracker::new());
        let service = Rc::new(init_service(mockly_api::build_app(Arc::clone(&state), None)).await);
        let call = move |request: Request| -> LocalBoxFuture<'static, Answer> {
            let service = Rc::clone(&service);
            Box::pin(async move {
                let response = match service.call(request).await {
                    Ok(response) => response.into_parts().1.map_into_boxed_body(),
                    Err(error) => HttpResponse::from_error(error),
                };
                let (status, headers) = (response.status(), response.headers().clone());
                Answer { status, headers, body: to_bytes(response.into_body()).await.unwrap().to_vec() }
            })
        };
        Self { call: Box::new(call), state, clock, database }
    }

    /// A connection of one's own to the database, for what no request brings about.
    pub(crate) async fn storage(&self) -> mockly_data::Database {
        services::open(&self.database).await
    }

    /// Sends any request, from a client on this machine.
    pub(crate) async fn send(&self, request: TestRequest) -> Answer {
        let peer: SocketAddr = "127.0.0.1:50000".parse().unwrap();
        (self.call)(request.peer_addr(peer).to_request()).await
    }

    /// Sends a request as it is.
    pub(crate) async fn send_raw(&self, request: Request) -> Answer {
        (self.call)(request).await
    }

    /// Sends any request from another address.
    pub(crate) async fn send_from(&self, peer: &str, request: TestRequest) -> Answer {
        (self.call)(request.peer_addr(peer.parse().unwrap()).to_request()).await
    }

    pub(crate) async fn get(&self, path: &str, by: &Account) -> Answer {
        self.send(by.sign(TestRequest::get().uri(path))).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value, by: &Account) -> Answer {
        self.send(by.sign(TestRequest::post().uri(path).set_json(body))).await
    }

    /// A POST without a body.
    pub(crate) async fn act(&self, path: &str, by: &Account) -> Answer {
        self.send(by.sign(TestRequest::post().uri(path))).await
    }

    /// Makes an account.
    pub(crate) async fn account(&self, name: &str) -> Account {
        let body = json!({ "email": format!("{name}@example.org"), "password": "correct horse", "displayName": name });
        let answer = self.send(TestRequest::post().uri("/api/auth/register").set_json(body)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let tokens = answer.json();
        Account { id: text(&tokens["user"]["id"]), token: text(&tokens["accessToken"]) }
    }

    /// Makes an account with roles, which nobody gives oneself.
    pub(crate) async fn account_with(&self, name: &str, roles: Vec<UserRole>) -> Account {
        let email = format!("{name}@example.org");
        self.state.services.create_account(&email, "correct horse", name, roles).await.unwrap();
        let body = json!({ "email": email, "password": "correct horse" });
        let tokens = self.send(TestRequest::post().uri("/api/auth/login").set_json(body)).await.json();
        Account { id: text(&tokens["user"]["id"]), token: text(&tokens["accessToken"]) }
    }

    pub(crate) async fn admin(&self) -> Account {
        self.account_with("admin", vec![UserRole::Admin]).await
    }

    /// A service key with these scopes.
    pub(crate) async fn key(&self, admin: &Account, scopes: &[&str]) -> String {
        let body = json!({ "name": "Platform", "scopes": scopes });
        let answer = self.post("/api/admin/service-keys", body, admin).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        text(&answer.json()["key"])
    }

    /// Makes an account of a teacher.
    pub(crate) async fn teacher(&self, name: &str) -> Account {
        self.account_with(name, vec![UserRole::Teacher]).await
    }

    /// Makes an INTERVIEW that `candidate` holds.
    pub(crate) async fn interview(&self, candidate: &Account, interviewer: &Account) -> Value {
        let answer = self.post("/api/sessions", json!({ "interviewerId": interviewer.id }), candidate).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }
}

impl Account {
    pub(crate) fn sign(&self, request: TestRequest) -> TestRequest {
        request.insert_header(("Authorization", format!("Bearer {}", self.token)))
    }
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Checks that it is a problem document with that code, complete and consistent; gives it for more.
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("urn:mockly:problem:{code}"));
        assert_eq!(problem["title"], problem["error"]);
        assert_eq!(problem["detail"], problem["message"]);
        assert!(problem["instance"].as_str().unwrap().starts_with('/'), "{problem}");
        assert_eq!(problem["requestId"].as_str(), self.header("x-request-id"));
        if status == 401 {
            assert!(self.header("www-authenticate").unwrap().starts_with("Bearer"));
        }
        if status == 429 || status == 503 {
            assert!(self.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
        }
        problem
    }
}

/// A JSON text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
