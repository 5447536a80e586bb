//! A Redis of a test's own, which it can end without a word and start again.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use tokio::net::TcpStream;

use crate::deadline::until;
use crate::livekit::free_port;
use crate::process::Process;

/// A Redis. It is gone when this is.
pub struct Redis {
    server: Option<Process>,
    port: u16,
}

impl Redis {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    pub async fn start() -> Self {
        let mut redis = Self { server: None, port: free_port() };
        redis.start_again().await;
        redis
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// What `REDIS_URL` says of it.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Its process, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.server.as_ref().map(Process::id)
    }

    /// Ends it without a word (`kill -9`).
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill();
        }
    }

    /// Starts it again where it was, empty, and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    pub async fn start_again(&mut self) {
        let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/redis.sh"));
        command.arg("run").arg(self.port.to_string()).stdin(Stdio::null());
        let mut server = Process::start("redis", &mut command);
        server.keep_output();
        self.server = Some(server);
        until("answer of Redis", async || TcpStream::connect(self.address()).await.ok()).await;
    }
}
