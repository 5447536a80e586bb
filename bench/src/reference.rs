//! The measuring stick: a broadcaster that does the least a server can do. One thread; an event is framed once and the
//! same bytes are written to every socket directly, queued only where a socket is full. It checks no token, stores
//! nothing, keeps no limits and answers only what the generator asks, so that nothing real reaches it; how near Mockly
//! comes is the figure of interest.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{Error, ErrorKind, Result};
use std::rc::Rc;

use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;

/// Longest request that is taken, head and body.
const REQUEST_BYTES_MAX: usize = 64 * 1024;
const BACKLOG: u32 = 4_096;
/// The answer to the one key that the generator sends (RFC 6455, section 1.3).
const ACCEPTED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                          Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const CHANGED: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

type Sockets = Rc<RefCell<Vec<Rc<Socket>>>>;

struct Socket {
    stream: TcpStream,
    queue: RefCell<VecDeque<Bytes>>,
    queued: Notify,
}

/// Listens at a free port, prints its address, and serves until it is killed.
pub(crate) async fn serve() {
    let listener = listen().expect("loopback has a free port");
    announce(&listener);
    let sockets = Sockets::default();
    loop {
        let (stream, _) = listener.accept().await.expect("connections are accepted");
        let sockets = Rc::clone(&sockets);
        tokio::task::spawn_local(async move {
            // A client that goes away has had enough.
            let _ = answer(stream, &sockets).await;
        });
    }
}

fn listen() -> Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    socket.listen(BACKLOG)
}

#[expect(clippy::print_stdout, reason = "this is how the generator learns it")]
fn announce(listener: &TcpListener) {
    println!("{}", listener.local_addr().expect("it is bound"));
}

/// Requests, until one of them becomes a WebSocket.
async fn answer(mut stream: TcpStream, sockets: &Sockets) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    loop {
        let head = read_until(&mut stream, &mut buffer, |bytes| find(bytes, b"\r\n\r\n").map(|at| at + 4)).await?;
        let text = String::from_utf8_lossy(&buffer[..head]).into_owned();
        if text.contains("Upgrade: websocket") {
            stream.write_all(ACCEPTED).await?;
            return subscribe(stream, buffer.split_off(head), sockets).await;
        }
        let length = text.split("Content-Length: ").nth(1).and_then(|rest| rest.split('\r').next()?.parse().ok());
        let end = head + length.unwrap_or(0);
        read_until(&mut stream, &mut buffer, |bytes| (bytes.len() >= end).then_some(end)).await?;
        let topic = text.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
        broadcast(sockets, &message(topic, &buffer[head..end]));
        buffer.drain(..end);
        stream.write_all(CHANGED).await?;
    }
}

/// CONNECT and SUBSCRIBE are answered; what else comes is not read any further.
async fn subscribe(mut stream: TcpStream, mut buffer: Vec<u8>, sockets: &Sockets) -> Result<()> {
    loop {
        let end = read_until(&mut stream, &mut buffer, find_end).await?;
        let frame = String::from_utf8_lossy(&buffer[..end]).into_owned();
        buffer.drain(..end);
        if let Some(receipt) = frame.split("receipt:").nth(1).and_then(|rest| rest.split('\n').next()) {
            let answer = text_frame(format!("RECEIPT\nreceipt-id:{receipt}\n\n\0").as_bytes());
            let is_known = frame.contains("\nid:0\n");
            stream.write_all(&answer).await?;
            if is_known {
                drop((buffer, frame));
                return follow(stream, sockets).await;
            }
        } else {
            stream.write_all(&text_frame(b"CONNECTED\nversion:1.2\n\n\0")).await?;
        }
    }
}

/// The socket is one of those that hear everything, until it goes.
async fn follow(stream: TcpStream, sockets: &Sockets) -> Result<()> {
    let socket = Rc::new(Socket { stream, queue: RefCell::default(), queued: Notify::new() });
    sockets.borrow_mut().push(Rc::clone(&socket));
    let ended = async {
        loop {
            socket.queued.notified().await;
            while !socket.queue.borrow().is_empty() {
                socket.stream.writable().await?;
                socket.flush()?;
            }
        }
    };
    let gone = async {
        loop {
            socket.stream.readable().await?;
            let mut scratch = [0; 512];
            match socket.stream.try_read(&mut scratch) {
                Ok(0) => return Result::Ok(()),
                Ok(_) => socket.confirm(&scratch),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    };
    let end = tokio::select! {
        end = ended => end,
        end = gone => end,
    };
    sockets.borrow_mut().retain(|other| !Rc::ptr_eq(other, &socket));
    end
}

impl Socket {
    fn send(&self, frame: &Bytes) {
        let mut queue = self.queue.borrow_mut();
        queue.push_back(frame.clone());
        let is_alone = queue.len() == 1;
        drop(queue);
        // A socket that is gone is found out by its own task.
        if !is_alone || self.flush().is_err() || !self.queue.borrow().is_empty() {
            self.queued.notify_one();
        }
    }

    /// Further subscriptions: every socket hears everything, so that there is nothing to do but to say so.
    fn confirm(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        for rest in text.split("receipt:").skip(1) {
            let receipt = rest.split('\n').next().unwrap_or_default();
            self.send(&Bytes::from(text_frame(format!("RECEIPT\nreceipt-id:{receipt}\n\n\0").as_bytes())));
        }
    }

    fn flush(&self) -> Result<()> {
        let mut queue = self.queue.borrow_mut();
        while let Some(frame) = queue.front_mut() {
            match self.stream.try_write(frame) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) if written == frame.len() => drop(queue.pop_front()),
                Ok(written) => *frame = frame.slice(written..),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn broadcast(sockets: &Sockets, frame: &Bytes) {
    for socket in sockets.borrow().iter() {
        socket.send(frame);
    }
}

fn message(topic: &str, body: &[u8]) -> Bytes {
    let head = format!("MESSAGE\nsubscription:{topic}\ndestination:/topic/sessions/{topic}\nmessage-id:0\n\n");
    text_frame(&[head.as_bytes(), body, b"\0"].concat()).into()
}

/// RFC 6455, section 5.2: a whole text message, not masked.
fn text_frame(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u16::try_from(payload.len()) {
        Ok(length @ 0..=125) => frame.push(u8::try_from(length).unwrap_or_default()),
        Ok(length) => {
            frame.push(126);
            frame.extend_from_slice(&length.to_be_bytes());
        }
        Err(_long) => {
            frame.push(127);
            frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// Reads until something is there, and tells where it ends.
async fn read_until(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    end: impl Fn(&[u8]) -> Option<usize>,
) -> Result<usize> {
    loop {
        if let Some(end) = end(buffer) {
            return Ok(end);
        }
        stream.readable().await?;
        match stream.try_read_buf(buffer) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) if buffer.len() > REQUEST_BYTES_MAX => return Err(Error::new(ErrorKind::InvalidData, "too long")),
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// The generator masks with zeros, so that a frame of STOMP ends with the first NUL after its blank line.
fn find_end(bytes: &[u8]) -> Option<usize> {
    let blank = find(bytes, b"\n\n")?;
    bytes[blank..].iter().position(|byte| *byte == 0).map(|at| blank + at + 1)
}
