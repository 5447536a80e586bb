//! Rows that many ask for at the same moment, read by one statement: after a restart everybody comes back at once.
//!
//! Who asks while a read runs waits for the next one, which reads for all who wait. So nobody is answered with what was
//! read before they asked, and a caller alone waits for nobody.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::DataError;

/// Most rows of one statement.
const KEYS_MAX: usize = 32;
/// A read that takes longer holds nobody up: the next begins beside it. What never answers is one connection's fault.
const PATIENCE: Duration = Duration::from_millis(20);

type Found<V> = Result<Option<V>, DataError>;
type Asked<K, V> = (K, oneshot::Sender<Found<V>>);

/// One kind of row, read by its key; clones are the same.
pub(crate) struct Gather<K, V>(Arc<Mutex<Queue<K, V>>>);

struct Queue<K, V> {
    asked: Vec<Asked<K, V>>,
    /// How many read.
    readers: usize,
    /// When the newest read began.
    began: Instant,
}

impl<K, V> Gather<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + 'static,
{
    /// The row of a key, as it is now or later. `read` is given at most 32 different keys and leaves out what is not
    /// there.
    ///
    /// # Errors
    /// [`DataError`] where the database fails, or does not answer until `deadline`.
    #[expect(
        clippy::disallowed_methods,
        reason = "it reads for requests, which shutdown waits for, and ends with them"
    )]
    pub(crate) async fn find<R>(
        &self,
        key: K,
        deadline: Instant,
        read: impl Fn(Vec<K>) -> R + Clone + Send + 'static,
    ) -> Found<V>
    where
        R: Future<Output = Result<HashMap<K, V>, DataError>> + Send + 'static,
    {
        let (answer, mut asked) = oneshot::channel();
        lock(&self.0).asked.push((key, answer));
        let mut patience = PATIENCE;
        loop {
            if let Some(reader) = self.reader() {
                tokio::spawn(reader.run(read.clone()));
            }
            let until = deadline.min(Instant::now() + patience);
            match timeout_at(until, &mut asked).await {
                Ok(Ok(found)) => return found,
                Ok(Err(gone)) => return Err(DataError::Unavailable(Arc::new(gone))),
                Err(late) if until == deadline => return Err(DataError::Unavailable(Arc::new(late))),
                // A crowd that waits for a database which hangs does not keep the workers awake.
                Err(_) => patience *= 2,
            }
        }
    }

    /// A reader for those in line, where none will come soon.
    fn reader(&self) -> Option<Reader<K, V>> {
        let mut queue = lock(&self.0);
        let begins = !queue.asked.is_empty() && (queue.readers == 0 || queue.began.elapsed() >= PATIENCE);
        begins.then(|| {
            queue.readers += 1;
            queue.began = Instant::now();
            Reader { queue: Arc::clone(&self.0), has_ended: false }
        })
    }
}

/// Reads until nobody waits.
struct Reader<K, V> {
    queue: Arc<Mutex<Queue<K, V>>>,
    has_ended: bool,
}

impl<K, V> Reader<K, V>
where
    K: Clone + Eq + Hash,
    V: Clone,
{
    async fn run<R>(mut self, read: impl Fn(Vec<K>) -> R)
    where
        R: Future<Output = Result<HashMap<K, V>, DataError>>,
    {
        while let Some(asked) = self.take() {
            let keys: HashSet<K> = asked.iter().map(|(key, _)| key.clone()).collect();
            let is_one = keys.len() == 1;
            let found = read(keys.into_iter().collect()).await;
            for (key, answer) in asked {
                if answer.is_closed() {
                    continue;
                }
                // A row that cannot be read is the misfortune of who asks for it.
                if let (Err(DataError::Corrupt(_)), false) = (&found, is_one) {
                    let _gone = answer.send(read(vec![key.clone()]).await.map(|mut rows| rows.remove(&key)));
                    continue;
                }
                // Who asked may be gone.
                let _gone = answer.send(found.as_ref().map(|rows| rows.get(&key).cloned()).map_err(Clone::clone));
            }
        }
    }

    /// Those who are next. With nobody there it ends in the same moment, so that nobody gets in line behind it.
    fn take(&mut self) -> Option<Vec<Asked<K, V>>> {
        let mut queue = lock(&self.queue);
        // Nobody reads for those who have given up.
        queue.asked.retain(|(_, answer)| !answer.is_closed());
        if queue.asked.is_empty() {
            queue.readers -= 1;
            self.has_ended = true;
            return None;
        }
        queue.began = Instant::now();
        let count = queue.asked.len().min(KEYS_MAX);
        Some(queue.asked.drain(..count).collect())
    }
}

impl<K, V> Drop for Reader<K, V> {
    /// A reader whose runtime ends leaves nobody waiting: they are told, and the next to ask begins anew.
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        let mut queue = lock(&self.queue);
        queue.readers -= 1;
        if queue.readers == 0 {
            queue.asked.clear();
        }
    }
}

impl<K, V> Default for Gather<K, V> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Queue { asked: Vec::new(), readers: 0, began: Instant::now() })))
    }
}

impl<K, V> Clone for Gather<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> fmt::Debug for Gather<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather").finish_non_exhaustive()
    }
}

fn lock<K, V>(queue: &Mutex<Queue<K, V>>) -> MutexGuard<'_, Queue<K, V>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use tokio::sync::Semaphore;

    use super::*;

    type Squares = Gather<u32, u32>;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    fn squares(keys: &[u32]) -> HashMap<u32, u32> {
        keys.iter().filter(|key| **key != 13).map(|key| (*key, key * key)).collect()
    }

    #[tokio::test]
    async fn whoever_asks_while_a_read_runs_is_read_for_by_the_next_one() {
        let (gather, reads) = (Squares::default(), Arc::new(Mutex::new(Vec::new())));
        let gate = Arc::new(Semaphore::new(0));
        let ask = |key: u32| {
            let (gate, reads) = (Arc::clone(&gate), Arc::clone(&reads));
            gather.find(key, soon(), move |keys| {
                let (gate, reads) = (Arc::clone(&gate), Arc::clone(&reads));
                async move {
                    reads.lock().unwrap().push(keys.len());
                    gate.acquire().await.unwrap().forget();
                    Ok(squares(&keys))
                }
            })
        };
        // Two of them ask for the same, and one for what is not there.
        let asked = join_all([2, 3, 3, 13].map(ask));
        let open = async {
            tokio::task::yield_now().await;
            gate.add_permits(2);
        };
        let (found, ()) = tokio::join!(asked, open);
        let found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
        assert_eq!(found, [Some(4), Some(9), Some(9), None]);
        assert!(reads.lock().unwrap().len() <= 2, "{reads:?}");
    }

    #[tokio::test]
    async fn no_read_is_for_more_than_it_may_and_everybody_is_answered() {
        let gather = Squares::default();
        let most = Arc::new(AtomicUsize::new(0));
        let found = join_all((0..200).map(|key| {
            let most = Arc::clone(&most);
            gather.find(key, soon(), move |keys| {
                most.fetch_max(keys.len(), Ordering::Relaxed);
                async move { Ok(squares(&keys)) }
            })
        }));
        for (key, found) in found.await.into_iter().enumerate().filter(|(key, _)| *key != 13) {
            assert_eq!(found.unwrap(), Some(u32::try_from(key * key).unwrap()));
        }
        assert_eq!(most.load(Ordering::Relaxed), KEYS_MAX);
    }

    #[tokio::test]
    async fn a_row_that_cannot_be_read_fails_nobody_else() {
        let gather = Squares::default();
        let ask = |key: u32| {
            gather.find(key, soon(), |keys| async move {
                let corrupt = || DataError::Corrupt("so it is".to_owned());
                if keys.contains(&3) { Err(corrupt()) } else { Ok(squares(&keys)) }
            })
        };
        let found = join_all([2, 3, 4].map(ask)).await;
        assert!(matches!(found[..], [Ok(Some(4)), Err(DataError::Corrupt(_)), Ok(Some(16))]), "{found:?}");
    }

    #[tokio::test]
    async fn a_failure_is_told_to_all_and_the_next_read_is_a_new_one() {
        let gather = Squares::default();
        let fail = |key| gather.find(key, soon(), |_| async { Err(DataError::Corrupt("so it is".to_owned())) });
        for found in join_all([1, 2, 3].map(fail)).await {
            assert!(matches!(found, Err(DataError::Corrupt(_))), "{found:?}");
        }
        let found = gather.find(4, soon(), |keys| async move { Ok(squares(&keys)) }).await;
        assert_eq!(found.unwrap(), Some(16));
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_that_never_ends_holds_up_nobody_who_comes_later() {
        let gather = Squares::default();
        let stuck = gather.find(1, soon(), |keys| async move {
            if keys.contains(&1) {
                std::future::pending::<()>().await;
            }
            Ok(squares(&keys))
        });
        // Be it right behind it, or a while later.
        let behind = async {
            tokio::task::yield_now().await;
            gather.find(3, soon(), |keys| async move { Ok(squares(&keys)) }).await
        };
        let late = async {
            tokio::time::sleep(PATIENCE * 2).await;
            gather.find(2, soon(), |keys| async move { Ok(squares(&keys)) }).await
        };
        let (stuck, behind, late) = tokio::join!(stuck, behind, late);
        assert_eq!(behind.unwrap(), Some(9));
        assert!(matches!(stuck, Err(DataError::Unavailable(_))), "{stuck:?}");
        assert_eq!(late.unwrap(), Some(4));
    }

    #[test]
    fn a_reader_whose_runtime_ends_leaves_nobody_waiting() {
        let gather = Squares::default();
        let runtime = |task: std::pin::Pin<Box<dyn Future<Output = ()>>>| {
            tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(task);
        };
        let asking = gather.clone();
        runtime(Box::pin(async move {
            let asked = asking.find(1, soon(), |_| std::future::pending());
            assert!(timeout_at(Instant::now(), asked).await.is_err());
            tokio::task::yield_now().await;
        }));
        runtime(Box::pin(async move {
            let found = gather.find(2, soon(), |keys| async move { Ok(squares(&keys)) }).await;
            assert_eq!(found.unwrap(), Some(4));
        }));
    }
}
