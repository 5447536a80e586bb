//! The machine: who runs where, and what it costs.

use std::process::Command;
use std::time::Instant;

use rustix::thread::{CpuSet, sched_setaffinity};
use serde_json::{Value, json};

/// Clock ticks of `/proc/<pid>/stat` in a second; the same on every Linux that we know.
const TICKS_PER_SECOND: f64 = 100.0;
/// The server has this core for itself, the generator the next one.
const SERVER_CPU: usize = 0;
const GENERATOR_CPU: usize = 1;

/// Opens the way for many connections and takes the generator to its core, where there are two.
pub(crate) fn prepare() {
    mockly_tests::raise_open_files(4_000);
    stay_on(GENERATOR_CPU);
}

/// Runs what starts a server, so that the server is on its core from its first moment.
pub(crate) async fn on_server_cpu<T>(start: impl Future<Output = T>) -> T {
    stay_on(SERVER_CPU);
    let started = start.await;
    stay_on(GENERATOR_CPU);
    started
}

/// How many cores there are to spread over.
pub(crate) fn cores() -> usize {
    // Not what this process may use just now, which is one.
    std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default().matches("processor\t").count().max(1)
}

/// Takes this thread, and what it starts, to a core.
fn stay_on(cpu: usize) {
    if cores() < 2 {
        return;
    }
    let mut cpus = CpuSet::new();
    cpus.set(cpu);
    sched_setaffinity(None, &cpus).expect("a process may move itself");
}

/// User and system time of a process so far, in seconds.
pub(crate) fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    // The name of the program is in brackets and may contain anything.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<u32>().expect("it is a number");
    f64::from(ticks(11) + ticks(12)) / TICKS_PER_SECOND
}

fn of_all(pids: &[u32]) -> f64 {
    pids.iter().copied().map(cpu_seconds).sum()
}

/// What all processes together have used so far, in seconds of one core.
fn busy_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").expect("this is Linux");
    let fields = stat.lines().next().unwrap_or_default().split_whitespace().skip(1);
    let ticks: Vec<f64> = fields.map(|field| field.parse().unwrap_or_default()).collect();
    // The fourth and fifth are idleness and waiting for disks; the last two are in the first two already.
    let busy: f64 = ticks.iter().take(8).sum::<f64>() - ticks.iter().skip(3).take(2).sum::<f64>();
    busy / TICKS_PER_SECOND
}

/// What a server, this program and everybody else use from some moment on.
pub(crate) struct Meter {
    servers: Vec<u32>,
    began: Instant,
    server_cpu: f64,
    own_cpu: f64,
    busy: f64,
}

/// What was used, in seconds.
pub(crate) struct Used {
    pub(crate) seconds: f64,
    pub(crate) server_cpu: f64,
    own_cpu: f64,
    other_cpu: f64,
}

impl Meter {
    pub(crate) fn start(servers: Vec<u32>) -> Self {
        let (server_cpu, own_cpu) = (of_all(&servers), cpu_seconds(std::process::id()));
        Self { servers, began: Instant::now(), server_cpu, own_cpu, busy: busy_seconds() }
    }

    pub(crate) fn read(&self) -> Used {
        let seconds = self.began.elapsed().as_secs_f64();
        let server_cpu = of_all(&self.servers) - self.server_cpu;
        let own_cpu = cpu_seconds(std::process::id()) - self.own_cpu;
        let other_cpu = (busy_seconds() - self.busy - server_cpu - own_cpu).max(0.0);
        Used { seconds, server_cpu, own_cpu, other_cpu }
    }
}

impl Used {
    /// Notes who had how much of a core.
    pub(crate) fn note_shares(&self, report: &mut Value) {
        report["serverCpuShare"] = (self.server_cpu / self.seconds).into();
        report["generatorCpuShare"] = (self.own_cpu / self.seconds).into();
        report["otherCpuShare"] = (self.other_cpu / self.seconds).into();
    }
}

/// Memory of a process, in bytes.
pub(crate) fn resident_bytes(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("it is a number") * 1_024
}

/// What the figures were measured on.
pub(crate) fn describe() -> Value {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(": ").nth(1));
    let kernel = Command::new("uname")
        .arg("-sr")
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    json!({"cores": cores(), "processor": model, "system": kernel.ok()})
}
