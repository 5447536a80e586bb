//! A process that belongs to a test: its log is kept, and it does not outlive its owner.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};

use tokio::time::interval;

use crate::deadline::PATIENCE;

/// Most bytes of a log that are kept. A program that writes more has gone wild.
const LOG_BYTES_MAX: usize = 256 * 1024 * 1024;

/// How often it is asked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A started program.
pub struct Process {
    name: String,
    child: Child,
    log: Arc<Mutex<String>>,
    /// What reads its outputs; each ends with what it reads.
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts it with both outputs captured; the standard input is the command's.
    ///
    /// # Panics
    /// When there is no such program.
    pub fn start(name: &str, command: &mut Command) -> Self {
        let started = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = started.unwrap_or_else(|error| panic!("{name} does not start: {error} ({command:?})"));
        let log = Arc::new(Mutex::new(String::new()));
        let readers = vec![keep(child.stderr.take().expect("it is piped"), Arc::clone(&log), name)];
        Self { name: name.to_owned(), child, log, readers }
    }

    /// Keeps the standard output in the log too.
    ///
    /// # Panics
    /// When somebody else reads it already.
    pub fn keep_output(&mut self) {
        let output = self.child.stdout.take().expect("nobody else reads it");
        self.readers.push(keep(output, Arc::clone(&self.log), &self.name));
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Memory that it holds just now, in bytes.
    ///
    /// # Panics
    /// When it has ended.
    pub fn resident_bytes(&self) -> u64 {
        let asked = Command::new("ps").args(["-o", "rss=", "-p", &self.id().to_string()]).output().expect("ps runs");
        let text = String::from_utf8_lossy(&asked.stdout);
        let kib: u64 = text.trim().parse().unwrap_or_else(|_gone| panic!("{} is gone:\n{}", self.name, self.log()));
        kib * 1_024
    }

    /// How many files and sockets it has open. Linux alone can tell.
    ///
    /// # Panics
    /// When it has ended.
    pub fn open_files(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.id());
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", self.name)).count()
    }

    /// How many of them are sockets.
    ///
    /// # Panics
    /// When it has ended.
    pub fn open_sockets(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.id());
        let files = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        // One that is closed between the listing and the look is gone.
        let targets = files.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
        targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
    }

    /// How much time of processors it has taken so far, to a hundredth of a second. Linux alone can tell.
    ///
    /// # Panics
    /// When it has ended.
    pub fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).expect("a running process has one");
        // proc_pid_stat(5): the name may have anything in it, so that one counts from its bracket: utime and stime are
        // fields 14 and 15, in ticks of which Linux tells 100 a second on every machine.
        let (_, fields) = stat.rsplit_once(')').expect("the name is in brackets");
        let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 10)
    }

    /// Bounds how many files it may have open from now on; `None` for as many as this process may.
    ///
    /// # Panics
    /// When it has ended.
    pub fn limit_open_files(&self, most: Option<u64>) {
        let maximum = getrlimit(Resource::Nofile).maximum;
        // The hard limit stays, so that the soft one can go up again.
        let limit = Rlimit { current: most.or(maximum), maximum };
        prlimit(Some(self.pid()), Resource::Nofile, limit).expect("the limits of a child of ours can be set");
    }

    /// Lets it do nothing from now on (SIGSTOP).
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after [`pause`](Self::pause) (SIGCONT).
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Asks it to stop (SIGTERM).
    ///
    /// # Panics
    /// When it has ended by itself.
    pub fn terminate(&mut self) {
        self.assert_running();
        self.signal(Signal::TERM);
    }

    /// Ends it without a word (SIGKILL), and waits until it is gone.
    pub fn kill(&mut self) {
        // It may have ended a moment before, which comes to the same.
        let _ = self.child.kill();
        self.child.wait().expect("a child of ours can be waited for");
    }

    /// Awaits its end and the end of its log, for at most `limit`.
    ///
    /// # Panics
    /// When it goes on.
    pub async fn ended(&mut self, limit: Duration) -> ExitStatus {
        let asked = Instant::now();
        let mut looks = interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            let ended = self.child.try_wait().expect("a child of ours can be asked");
            if let Some(status) = ended.filter(|_| self.readers.iter().all(JoinHandle::is_finished)) {
                return status;
            }
            assert!(asked.elapsed() < limit, "{} runs after {limit:?}:\n{}", self.name, self.log());
        }
    }

    /// # Panics
    /// When it has ended.
    pub(crate) fn assert_running(&mut self) {
        if let Some(status) = self.child.try_wait().expect("a child of ours can be asked") {
            panic!("{} has ended by itself ({status}):\n{}", self.name, self.log());
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("a child of ours can be signalled");
    }

    /// Until it is waited for, nobody else gets its id.
    fn pid(&self) -> Pid {
        i32::try_from(self.id()).ok().and_then(Pid::from_raw).expect("an id that the system gave")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.kill();
        }
        if std::thread::panicking() {
            // The test's own output, which is shown where it fails.
            print_log(&self.name, &self.log());
        }
    }
}

#[expect(clippy::print_stderr, reason = "the log of what took part is half of a failure's message")]
fn print_log(name: &str, log: &str) {
    let lines: Vec<&str> = log.lines().collect();
    let shown = lines.len().saturating_sub(60);
    eprintln!("--- the end of the log of {name}:");
    for line in &lines[shown..] {
        eprintln!("{line}");
    }
}

/// Reads on a thread of its own, since a full pipe would hold the program up.
fn keep(from: impl Read + Send + 'static, log: Arc<Mutex<String>>, name: &str) -> JoinHandle<()> {
    let name = name.to_owned();
    std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while matches!(from.read_until(b'\n', &mut line), Ok(read) if read > 0) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            assert!(log.len() < LOG_BYTES_MAX, "{name} logs without end");
            log.push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    })
}

/// How long an orderly stop may take.
pub(crate) const STOP_WITHIN: Duration = PATIENCE;
