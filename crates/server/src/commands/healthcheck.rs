//! `mockly healthcheck`: what a container's health check runs, so that the image needs no other program for it.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use crate::config::{ListenConfig, Sources};
use crate::failure::Failure;

/// All of it: finding the address, connecting, asking, answering.
const DEADLINE: Duration = Duration::from_secs(3);

pub(crate) fn run(sources: &Sources) -> Result<(), Failure> {
    let listen = ListenConfig::load(sources)?;
    let what = format!("{}:{} does not answer", reachable(&listen.host), listen.port);
    let status = ask(&listen, Instant::now() + DEADLINE).map_err(|error| Failure::because(&what, &error))?;
    if status == "200" { Ok(()) } else { Err(Failure::Run(format!("/healthz answers {status}"))) }
}

/// The status code of `/healthz`.
fn ask(listen: &ListenConfig, deadline: Instant) -> io::Result<String> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in (reachable(&listen.host), listen.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left(deadline)?) {
            Ok(stream) => return ask_over(stream, deadline),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn ask_over(mut stream: TcpStream, deadline: Instant) -> io::Result<String> {
    stream.set_write_timeout(Some(left(deadline)?))?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    // "HTTP/1.1 200" is all that is wanted of the answer.
    let mut head = [0_u8; 12];
    let mut filled = 0;
    while let Some(rest) = head.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        stream.set_read_timeout(Some(left(deadline)?))?;
        match stream.read(rest)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => filled += read,
        }
    }
    let head = String::from_utf8_lossy(&head);
    match head.split_once(' ') {
        Some((version, status)) if version.starts_with("HTTP/1.") => Ok(status.to_owned()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "this is no HTTP server")),
    }
}

/// The address of "all addresses" is none to connect to.
fn reachable(host: &str) -> &str {
    match host {
        "0.0.0.0" => "127.0.0.1",
        "::" => "::1",
        host => host,
    }
}

/// What is left until the deadline; a timeout of zero would mean none.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// What a server that says `answer` makes of the check.
    fn check(answer: &'static [u8]) -> io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 64];
            let read = stream.read(&mut request).unwrap();
            assert!(request[..read].starts_with(b"GET /healthz HTTP/1.1\r\n"));
            stream.write_all(answer).unwrap();
        });
        let listen = ListenConfig { host: "0.0.0.0".to_owned(), port };
        let status = ask(&listen, Instant::now() + DEADLINE);
        server.join().unwrap();
        status
    }

    #[test]
    fn the_status_is_read() {
        assert_eq!(check(b"HTTP/1.1 200 OK\r\n\r\n").unwrap(), "200");
        assert_eq!(check(b"HTTP/1.1 503 Service Unavailable\r\n\r\n").unwrap(), "503");
    }

    #[test]
    fn anything_else_is_an_error() {
        assert!(check(b"SSH-2.0-OpenSSH\r\n").is_err());
        assert!(check(b"HTTP/1").is_err());
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let listen = ListenConfig { host: "127.0.0.1".to_owned(), port: free };
        assert!(ask(&listen, Instant::now() + DEADLINE).is_err());
    }

    #[test]
    fn a_silent_server_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = ListenConfig { host: "127.0.0.1".to_owned(), port: listener.local_addr().unwrap().port() };
        let error = ask(&listen, Instant::now() + Duration::from_millis(50)).unwrap_err();
        assert!(matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock), "{error}");
    }
}
