//! A real LiveKit on loopback, as operators are told to run it: rooms exist only where Mockly made them.

use std::net::{TcpListener, UdpSocket};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::json;

use crate::database::TestDatabase;
use crate::deadline::until;
use crate::environment;
use crate::http::{Http, Request};
use crate::mockly::{API_KEY, API_SECRET};
use crate::process::Process;
use crate::token::{now_s, sign};

/// Where ports are looked for: below those that the system gives to outgoing connections.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Ports that are taken by nobody, so that Mockly can be told of them before LiveKit runs.
#[derive(Debug, Clone, Copy)]
pub struct LiveKit {
    tcp: u16,
    udp: u16,
}

impl LiveKit {
    /// Finds free ports.
    ///
    /// # Panics
    /// When there are none.
    pub fn reserve() -> Self {
        Self { tcp: free_port(), udp: free_port() }
    }

    /// What Mockly has to be told of it.
    pub fn settings(&self) -> [(&'static str, String); 4] {
        [
            ("LIVEKIT_URL", format!("http://127.0.0.1:{}", self.tcp)),
            ("LIVEKIT_WS_URL", format!("ws://127.0.0.1:{}", self.tcp)),
            ("LIVEKIT_API_KEY", API_KEY.to_owned()),
            ("LIVEKIT_API_SECRET", API_SECRET.to_owned()),
        ]
    }

    /// Starts it and waits until it is healthy. It tells what happens to the Mockly at that port.
    ///
    /// # Panics
    /// When it is not healthy in time.
    pub async fn start(self, database: &TestDatabase, mockly_port: u16) -> Process {
        let file = database.folder().join("livekit.yaml");
        std::fs::write(&file, self.configuration(mockly_port)).expect("the test's folder can be written to");
        let mut command = Command::new(environment::livekit_binary());
        command.arg("--config").arg(file).env_clear().stdin(Stdio::null());
        let mut process = Process::start("livekit-server", &mut command);
        process.keep_output();
        let http = Http::new(([127, 0, 0, 1], self.tcp).into());
        until("health of LiveKit", async || {
            process.assert_running();
            let answer = http.try_send(Request::new("GET", "/")).await;
            answer.ok().filter(|answer| answer.status == 200)
        })
        .await;
        process
    }

    /// Who is in a room by LiveKit's own account, sorted.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn identities(self, room: &str) -> Vec<String> {
        let now = now_s();
        let video = json!({"roomAdmin": true, "room": room});
        let token = sign(&json!({"iss": API_KEY, "nbf": now, "exp": now + 60, "video": video}), API_SECRET);
        let http = Http::new(([127, 0, 0, 1], self.tcp).into()).with_token(&token);
        let answer = http.post("/twirp/livekit.RoomService/ListParticipants", &json!({"room": room})).await.expect(200);
        let participants = answer["participants"].as_array().expect("it is a list").iter();
        let mut identities: Vec<_> =
            participants.filter_map(|one| one["identity"].as_str().map(str::to_owned)).collect();
        identities.sort();
        identities
    }

    /// ICE over TCP stays off because LiveKit would open that port on every interface, and no STUN server is asked since
    /// the address is given.
    fn configuration(self, mockly_port: u16) -> String {
        let Self { tcp, udp } = self;
        format!(
            "port: {tcp}
bind_addresses: [\"127.0.0.1\"]
logging: {{level: info, json: true}}
rtc:
  node_ip: 127.0.0.1
  use_external_ip: false
  enable_loopback_candidate: true
  interfaces: {{includes: [lo, lo0]}}
  ips: {{includes: [127.0.0.1/32]}}
  udp_port: {udp}
  tcp_port: 0
keys: {{\"{API_KEY}\": \"{API_SECRET}\"}}
room: {{auto_create: false}}
webhook: {{api_key: \"{API_KEY}\", urls: [\"http://127.0.0.1:{mockly_port}/api/webhooks/livekit\"]}}
"
        )
    }
}

/// A port that nobody uses. Tests of one process never get the same one, and those of two begin at different places.
///
/// # Panics
/// When there is none.
pub fn free_port() -> u16 {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let span = PORTS.end - PORTS.start;
    let first = u16::try_from(std::process::id() % u32::from(span)).unwrap_or_default();
    let mut ports = (0..span).map(|_| PORTS.start + (first + TRIED.fetch_add(7, Ordering::Relaxed) % span) % span);
    let is_free =
        |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok() && UdpSocket::bind(("0.0.0.0", *port)).is_ok();
    ports.find(is_free).expect("one of 12,000 ports is free")
}
