//! An OIDC issuer on loopback: discovery and keys over real HTTP, as the test wants them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::token::SigningKey;

/// How the issuer answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it should.
    Well,
    /// 503 to everything.
    Broken,
    /// A body that does not end.
    Endless,
    /// Discovery of another issuer.
    Impostor,
    /// Redirects from discovery to itself.
    Circling,
    /// Not until its mood changes.
    Silent,
}

/// The issuer; gone when dropped.
pub(crate) struct Issuer {
    /// What its tokens say.
    pub(crate) url: String,
    state: Arc<State>,
    mood: watch::Sender<Mood>,
    _task: JoinSet<()>,
}

struct State {
    url: String,
    keys: Mutex<Vec<Value>>,
    asked: watch::Sender<usize>,
    keys_asked: AtomicUsize,
}

impl Issuer {
    /// Starts on a free port with these keys.
    pub(crate) async fn start(keys: &[&SigningKey]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (mood, moods) = watch::channel(Mood::Well);
        let state = Arc::new(State {
            url: url.clone(),
            keys: Mutex::default(),
            asked: watch::Sender::new(0),
            keys_asked: AtomicUsize::new(0),
        });
        let mut task = JoinSet::new();
        let answering = Arc::clone(&state);
        task.spawn(async move {
            let mut answers = JoinSet::new();
            while let Ok((stream, _peer)) = listener.accept().await {
                answers.spawn(answer(stream, Arc::clone(&answering), moods.clone()));
            }
        });
        let issuer = Self { url, state, mood, _task: task };
        issuer.publish(keys);
        issuer
    }

    /// Replaces its keys.
    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        *self.state.keys.lock().unwrap() = keys.iter().map(|key| key.jwk()).collect();
    }

    /// Changes how it answers.
    pub(crate) fn set_mood(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// How often its keys were asked for.
    pub(crate) fn keys_asked(&self) -> usize {
        self.state.keys_asked.load(Ordering::SeqCst)
    }

    /// Waits until it has been asked for anything this often.
    pub(crate) async fn asked(&self, times: usize) {
        self.state.asked.subscribe().wait_for(|asked| *asked >= times).await.unwrap();
    }
}

/// One request a connection.
async fn answer(mut stream: TcpStream, state: Arc<State>, mut moods: watch::Receiver<Mood>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_gone) => return,
        }
    }
    state.asked.send_modify(|asked| *asked += 1);
    let Ok(mood) = moods.wait_for(|mood| *mood != Mood::Silent).await.map(|mood| mood.clone()) else { return };
    let request = String::from_utf8(request).unwrap();
    let discovery = request.starts_with("GET /.well-known/openid-configuration HTTP/1.1\r\n");
    let issuer = if mood == Mood::Impostor { "http://127.0.0.1:1" } else { &state.url };
    let (status, body) = match mood {
        Mood::Broken => ("503 Service Unavailable", String::new()),
        Mood::Circling => ("302 Found\r\nlocation: /.well-known/openid-configuration", String::new()),
        Mood::Endless => ("200 OK", format!("{{\"keys\": [], \"more\": \"{}\"}}", "x".repeat(300 * 1024))),
        _ if discovery => {
            ("200 OK", json!({ "issuer": issuer, "jwks_uri": format!("{}/keys", state.url) }).to_string())
        }
        _ => {
            state.keys_asked.fetch_add(1, Ordering::SeqCst);
            ("200 OK", json!({ "keys": *state.keys.lock().unwrap() }).to_string())
        }
    };
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    // Whoever hung up does not want it.
    let _given_up = stream.write_all(answer.as_bytes()).await;
}
