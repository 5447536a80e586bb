//! A small HTTP/1.1 client (RFC 9112) that sends exactly what it is told, also what a good client never would.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::deadline::{PATIENCE, within};

/// Longest answer that is read.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A request: what it says is what is sent, with `Host` and `Content-Length` added.
#[derive(Debug, Clone)]
pub struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, without its framing.
    pub body: Vec<u8>,
}

/// Where requests go, and as whom.
#[derive(Debug, Clone)]
pub struct Http {
    address: SocketAddr,
    token: Option<String>,
}

/// One connection, for one request after the other.
#[derive(Debug)]
pub struct HttpConnection {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
}

impl Request {
    /// A request without a body.
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header as it is.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds the token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Sets the body, whatever it is.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a JSON body and its type.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    fn encode(&self, address: SocketAddr) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nHost: {address}\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        if !self.body.is_empty() || !matches!(self.method, "GET" | "HEAD" | "OPTIONS") {
            head.extend(["Content-Length: ", &self.body.len().to_string(), "\r\n"]);
        }
        head.push_str("\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

impl Answer {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The `code` of a problem document; empty where there is none.
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Its JSON, where it has the status that was hoped for.
    ///
    /// # Panics
    /// Where it has another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }
}

impl Http {
    /// Requests to that address, without a token.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, token: None }
    }

    /// The same with a token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { address: self.address, token: Some(token.to_owned()) }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::new("GET", path)).await
    }

    /// POST without a body.
    pub async fn post_empty(&self, path: &str) -> Answer {
        self.send(Request::new("POST", path)).await
    }

    /// POST.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Request::new("POST", path).json(body)).await
    }

    /// PATCH.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Request::new("PATCH", path).json(body)).await
    }

    /// Any request, on a connection of its own.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn send(&self, request: Request) -> Answer {
        let what = format!("{} {}", request.method, request.path);
        self.try_send(request).await.unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// The same where the server may be away.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn try_send(&self, request: Request) -> Result<Answer> {
        let mut request = request.header("Connection", "close");
        if let Some(token) = &self.token {
            request = request.bearer(token);
        }
        let what = format!("answer to {} {}", request.method, request.path);
        within(PATIENCE, &what, async {
            let mut connection = HttpConnection::open(self.address).await?;
            connection.send(&request).await
        })
        .await
    }
}

impl HttpConnection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), address })
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// When the connection ends before the answer does, or the answer is no HTTP/1.1.
    pub async fn send(&mut self, request: &Request) -> Result<Answer> {
        // A server may answer and close before it has read all of a body that it does not want.
        let written = self.stream.get_mut().write_all(&request.encode(self.address)).await;
        match self.read_answer(request.method == "HEAD").await {
            Err(error) => Err(written.err().unwrap_or(error)),
            answer => answer,
        }
    }

    async fn read_answer(&mut self, is_head: bool) -> Result<Answer> {
        let status_line = self.read_line().await?;
        let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status: u16 = status.ok_or_else(|| malformed(&status_line))?;
        let mut answer = Answer { status, headers: Vec::new(), body: Vec::new() };
        loop {
            let line = self.read_line().await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| malformed(&line))?;
            answer.headers.push((name.to_owned(), value.trim().to_owned()));
        }
        if !is_head && status >= 200 && status != 204 && status != 304 {
            self.read_body(&mut answer).await?;
        }
        Ok(answer)
    }

    async fn read_body(&mut self, answer: &mut Answer) -> Result<()> {
        if answer.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            loop {
                let line = self.read_line().await?;
                let size = usize::from_str_radix(line.trim(), 16).map_err(|_no_number| malformed(&line))?;
                self.read_exactly(size, &mut answer.body).await?;
                self.read_line().await?;
                if size == 0 {
                    return Ok(());
                }
            }
        }
        match answer
            .header("content-length")
            .map(|length| length.parse::<usize>().map_err(|_no_number| malformed(length)))
        {
            Some(length) => self.read_exactly(length?, &mut answer.body).await,
            None => self.stream.read_to_end(&mut answer.body).await.map(|_read| ()),
        }
    }

    async fn read_exactly(&mut self, length: usize, body: &mut Vec<u8>) -> Result<()> {
        let start = body.len();
        if start.saturating_add(length) > BODY_BYTES_MAX {
            return Err(malformed("the body is too long"));
        }
        body.resize(start + length, 0);
        self.stream.read_exact(&mut body[start..]).await.map(|_read| ())
    }

    async fn read_line(&mut self) -> Result<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).await?;
        if line.pop() != Some(b'\n') {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the connection ended within an answer"));
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("not HTTP/1.1: {what:?}"))
}
