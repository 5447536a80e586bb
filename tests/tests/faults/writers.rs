//! People who change sessions as fast as they are answered, and keep account of what they were told.

use std::io;
use std::time::{Duration, Instant};

use mockly_tests::{Http, Mockly, Person, create_interview, events_of, within};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::scene::{retitling, title_of};

/// How long a test waits for what the writers do.
const PATIENCE: Duration = Duration::from_mins(1);

/// What they were told, all together.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    acknowledged: usize,
    refused: usize,
}

/// Each has a session of their own.
pub(crate) struct Writers {
    people: Vec<(Person, String)>,
    running: JoinSet<(usize, Ledger)>,
    count: watch::Receiver<Count>,
    stop: watch::Sender<bool>,
    ledgers: Vec<Ledger>,
}

impl Writers {
    /// They go on until they are stopped, or the server cannot be reached.
    pub(crate) async fn begin(server: &Mockly, count: usize) -> Self {
        let mut people = Vec::new();
        for number in 0..count {
            let writer = Person::sign_in(server, &format!("writer-{number}")).await;
            let reader = Person::sign_in(server, &format!("reader-{number}")).await;
            let id = create_interview(&writer, &reader).await["id"].as_str().unwrap().to_owned();
            people.push((writer, id));
        }
        let (counted, counter) = watch::channel(Count::default());
        let stop = watch::Sender::new(false);
        let mut running = JoinSet::new();
        for (number, (person, id)) in people.iter().cloned().enumerate() {
            let (counted, stop) = (counted.clone(), stop.subscribe());
            running.spawn(async move {
                let mut ledger = Ledger::default();
                let mut titles = (1_u64..).map(|change| format!("{}:{change}", person.id));
                while let Some(title) = titles.next().filter(|_| !*stop.borrow()) {
                    let Ok(acknowledged) = ledger.change(&person.http, &id, title).await else { break };
                    counted.send_modify(
                        |count| {
                            if acknowledged { count.acknowledged += 1 } else { count.refused += 1 }
                        },
                    );
                }
                (number, ledger)
            });
        }
        Self { people, running, count: counter, stop, ledgers: vec![Ledger::default(); count] }
    }

    /// The first writer's session, and the topic of it.
    pub(crate) fn topic(&self) -> String {
        format!("/topic/sessions/{}", self.people[0].1)
    }

    /// The first writer.
    pub(crate) fn first(&self) -> &Person {
        &self.people[0].0
    }

    /// Awaits so many more acknowledgements.
    pub(crate) async fn acknowledge(&mut self, more: usize) {
        let wanted = self.count.borrow().acknowledged + more;
        let counted = self.count.wait_for(|count| count.acknowledged >= wanted);
        within(PATIENCE, "acknowledgement of a change", counted).await.expect("a writer goes on");
    }

    /// Awaits so many more refusals.
    pub(crate) async fn be_refused(&mut self, more: usize) {
        let wanted = self.count.borrow().refused + more;
        let counted = self.count.wait_for(|count| count.refused >= wanted);
        within(PATIENCE, "refusal of a change", counted).await.expect("a writer goes on");
    }

    /// Lets them end after what they are at.
    pub(crate) async fn stop(&mut self) {
        self.stop.send_replace(true);
        self.ended().await;
    }

    /// Awaits their end.
    pub(crate) async fn ended(&mut self) {
        while let Some(ended) = within(PATIENCE, "end of the writers", self.running.join_next()).await {
            let (number, ledger) = ended.unwrap();
            self.ledgers[number] = ledger;
        }
    }

    /// How much was acknowledged to those who have ended.
    pub(crate) fn acknowledged(&self) -> usize {
        self.ledgers.iter().map(|ledger| ledger.acknowledged.len()).sum()
    }

    /// The titles that were acknowledged to the first one.
    pub(crate) fn acknowledged_to_first(&self) -> &[String] {
        &self.ledgers[0].acknowledged
    }

    /// The statuses of all that was refused.
    pub(crate) fn refusals(&self) -> Vec<u16> {
        self.ledgers.iter().flat_map(|ledger| ledger.refusals.iter().copied()).collect()
    }

    /// The longest that anybody waited.
    pub(crate) fn longest(&self) -> Duration {
        self.ledgers.iter().map(|ledger| ledger.longest).max().unwrap_or_default()
    }

    /// Compares what they were told with what is stored.
    pub(crate) async fn check(&self, server: &Mockly) {
        for ((person, id), ledger) in self.people.iter().zip(&self.ledgers) {
            ledger.check(&person.at(server), id).await;
        }
    }
}

/// What one writer was told.
#[derive(Debug, Default, Clone)]
struct Ledger {
    /// The titles whose change was answered with 200, in order.
    acknowledged: Vec<String>,
    /// The titles whose change was not answered, or with a failure: it may have happened.
    doubtful: Vec<String>,
    /// The statuses of failures.
    refusals: Vec<u16>,
    /// The longest that an answer, or the end without one, took.
    longest: Duration,
}

impl Ledger {
    /// Makes one change and writes down what came of it; whether it was acknowledged.
    async fn change(&mut self, http: &Http, id: &str, title: String) -> io::Result<bool> {
        let asked = Instant::now();
        let answer = http.try_send(retitling(id, &title)).await;
        self.longest = self.longest.max(asked.elapsed());
        match answer {
            Ok(answer) if answer.status == 200 => {
                self.acknowledged.push(title);
                Ok(true)
            }
            Ok(answer) => {
                if answer.status == 503 {
                    assert!(answer.header("retry-after").is_some(), "a 503 says when to come again");
                }
                self.refusals.push(answer.status);
                self.doubtful.push(title);
                Ok(false)
            }
            Err(error) => {
                self.doubtful.push(title);
                Err(error)
            }
        }
    }

    /// What was acknowledged is stored once, in its order, and nothing is stored that was not asked for; every event is
    /// whole and no number is left out.
    async fn check(&self, reader: &Person, id: &str) {
        let events = events_of(reader, id).await;
        let sequences: Vec<u64> = events.iter().filter_map(|event| event["sequence"].as_u64()).collect();
        assert_eq!(sequences, (1..=events.len() as u64).collect::<Vec<_>>(), "a gap or a repeat");
        let changes = events.iter().filter(|event| event["type"] == "SESSION_UPDATED").map(title_of);
        let stored: Vec<&str> = changes.collect();
        let known: Vec<&str> =
            stored.iter().copied().filter(|title| !self.doubtful.iter().any(|doubtful| doubtful == title)).collect();
        assert_eq!(known, self.acknowledged, "what is stored beside what was acknowledged");
        let session = reader.http.get(&format!("/api/sessions/{id}")).await.expect(200);
        if let Some(last) = stored.last() {
            assert_eq!(session["title"], *last, "the session and its last event are of one transaction");
        }
    }
}
