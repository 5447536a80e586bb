//! Follow-up work: taken once, given back, moved, dead.

use std::collections::HashSet;

use futures_util::future::join_all;
use mockly_data::{Database, Job, Store};
use mockly_domain::{JobId, JobState, Timestamp};

use crate::support::{at, id, job, on_both_databases, write};

/// Takes at most `limit` jobs at an instant, with a lease of 60 s whose token is `lease`.
async fn take(database: &Database, now: Timestamp, lease: u128, limit: u64) -> Vec<Job> {
    let until = now.plus(std::time::Duration::from_mins(1));
    write(database, async |work| work.jobs().take_due(now, until, id(lease), limit).await).await
}

async fn schedule(database: &Database, number: u128, unique_key: Option<&str>, run_at: Timestamp) {
    write(database, async |work| work.jobs().schedule(&job(number, unique_key, run_at), at(0)).await).await;
}

fn payloads(jobs: &[Job]) -> Vec<&str> {
    jobs.iter().map(|job| job.payload.as_str()).collect()
}

on_both_databases! {
    async fn a_job_is_taken_when_it_is_due_and_the_earliest_first(database) {
        assert_eq!(database.jobs().next_due().await.unwrap(), None);
        for (number, secs) in [(1, 30), (2, 10), (3, 20), (4, 31)] {
            schedule(&database, number, None, at(secs)).await;
        }
        assert_eq!(database.jobs().next_due().await.unwrap(), Some(at(10)));
        assert!(take(&database, at(9), 1, 9).await.is_empty());
        let taken = take(&database, at(30), 1, 2).await;
        let mut first = payloads(&taken);
        first.sort_unstable();
        assert_eq!(first, ["2", "3"]);
        assert_eq!((taken[0].attempts, taken[0].lease, taken[0].kind.as_str()), (1, id(1), "test"));
        assert_eq!(payloads(&take(&database, at(30), 2, 9).await), ["1"]);
        // Leased ones count for when their lease ends.
        assert_eq!(database.jobs().next_due().await.unwrap(), Some(at(31)));
        write(&database, async |work| work.jobs().complete(&taken[0]).await).await;
        assert_eq!(payloads(&take(&database, at(31), 3, 9).await), ["4"]);
        assert_eq!(database.jobs().next_due().await.unwrap(), Some(at(90)));
    }

    async fn takers_at_once_take_different_jobs(database) {
        for number in 0..40 {
            schedule(&database, number, None, at(0)).await;
        }
        let taken = join_all((0..8).map(|taker| take(&database, at(0), taker, 5))).await.concat();
        let different: HashSet<&str> = payloads(&taken).into_iter().collect();
        assert_eq!(taken.len(), different.len(), "a job was taken twice");
        // Whoever found its rows locked took fewer; what is left is free.
        let rest = take(&database, at(0), 99, 100).await;
        assert_eq!(taken.len() + rest.len(), 40);
    }

    async fn a_taker_does_not_wait_for_another_on_postgres(database) {
        if database.is_sqlite() {
            // Its one writer takes turns.
            return;
        }
        for number in 1..=2 {
            schedule(&database, number, None, at(i64::try_from(number).unwrap())).await;
        }
        let (one, two) = (database.begin().await.unwrap(), database.begin().await.unwrap());
        let first = one.jobs().take_due(at(9), at(60), id(1), 1).await.unwrap();
        let second = two.jobs().take_due(at(9), at(60), id(2), 9).await.unwrap();
        assert_eq!((payloads(&first), payloads(&second)), (vec!["1"], vec!["2"]));
    }

    async fn a_lease_that_ran_out_goes_to_another_who_alone_ends_the_job(database) {
        schedule(&database, 1, None, at(0)).await;
        let [slow] = &take(&database, at(0), 1, 9).await[..] else { panic!("one job") };
        assert!(take(&database, at(59), 2, 9).await.is_empty());
        let [quick] = &take(&database, at(60), 2, 9).await[..] else { panic!("one job") };
        assert_eq!((quick.id, quick.attempts), (slow.id, 2));
        assert!(!write(&database, async |work| work.jobs().complete(slow).await).await);
        write(&database, async |work| work.jobs().fail(slow, "late", None, at(61)).await).await;
        assert!(write(&database, async |work| work.jobs().complete(quick).await).await);
        assert_eq!(database.jobs().next_due().await.unwrap(), None);
    }

    async fn a_key_has_one_job_and_scheduling_it_again_moves_it(database) {
        schedule(&database, 1, Some("k"), at(10)).await;
        schedule(&database, 2, Some("k"), at(20)).await;
        schedule(&database, 3, None, at(30)).await;
        schedule(&database, 4, None, at(30)).await;
        assert!(database.jobs().is_scheduled("k").await.unwrap());
        assert!(take(&database, at(10), 1, 9).await.is_empty());
        assert_eq!(payloads(&take(&database, at(20), 1, 9).await), ["2"]);
        write(&database, async |work| work.jobs().cancel(["k".to_owned()]).await).await;
        assert!(!database.jobs().is_scheduled("k").await.unwrap());
        assert_eq!(take(&database, at(99), 1, 9).await.len(), 2);
    }

    async fn several_keys_are_crossed_out_at_once_and_others_stay(database) {
        for (number, key) in [(1, "a"), (2, "b"), (3, "c")] {
            schedule(&database, number, Some(key), at(10)).await;
        }
        schedule(&database, 4, None, at(10)).await;
        write(&database, async |work| work.jobs().cancel(["a", "unknown", "b"].map(str::to_owned)).await).await;
        write(&database, async |work| work.jobs().cancel([]).await).await;
        assert_eq!(payloads(&take(&database, at(10), 1, 9).await), ["3", "4"]);
    }

    async fn jobs_are_listed_by_state_and_a_dead_one_starts_anew(database) {
        for number in 1..=4 {
            schedule(&database, number, None, at(i64::try_from(number).unwrap())).await;
        }
        let [dead, retried] = &take(&database, at(2), 1, 9).await[..] else { panic!("two jobs") };
        write(&database, async |work| {
            assert!(work.jobs().fail(dead, "for good", None, at(2)).await?);
            assert!(work.jobs().fail(retried, "once", Some(at(50)), at(2)).await?);
            Ok(())
        })
        .await;
        assert_eq!(take(&database, at(3), 2, 1).await.len(), 1);
        let listed = async |state| {
            let jobs = database.jobs().list(state, at(4), 0, 9).await.unwrap();
            assert_eq!(database.jobs().count(state, at(4)).await.unwrap(), jobs.len() as u64);
            jobs.into_iter().map(|job| (job.payload, job.state)).collect::<Vec<_>>()
        };
        let expected = [
            ("1", JobState::Dead), ("3", JobState::Running), ("4", JobState::Waiting), ("2", JobState::Retrying),
        ];
        let expected = expected.map(|(payload, state)| (payload.to_owned(), state));
        assert_eq!(listed(None).await, expected);
        for one in expected {
            assert_eq!(listed(Some(one.1)).await, [one]);
        }
        // A lease that ran out leaves a job that is tried again.
        let later = database.jobs().find(JobId(id(3)), at(64)).await.unwrap().unwrap();
        assert_eq!(later.state, JobState::Retrying);

        let revive = async |number: u128| {
            write(&database, async |work| work.jobs().revive(JobId(id(number)), at(70)).await).await
        };
        assert_eq!((revive(1).await, revive(1).await, revive(4).await, revive(9).await), (true, false, false, false));
        let anew = database.jobs().find(JobId(id(1)), at(70)).await.unwrap().unwrap();
        assert_eq!((anew.state, anew.attempts, anew.run_at, anew.dead_at), (JobState::Waiting, 0, at(70), None));
        assert_eq!(anew.last_error.as_deref(), Some("for good"));
    }

    /// Whoever runs the job must not take the new time away by ending the old one.
    async fn a_job_moved_while_it_runs_runs_again(database) {
        schedule(&database, 1, Some("k"), at(0)).await;
        let [running] = &take(&database, at(0), 1, 9).await[..] else { panic!("one job") };
        schedule(&database, 2, Some("k"), at(5)).await;
        assert!(!write(&database, async |work| work.jobs().complete(running).await).await);
        write(&database, async |work| work.jobs().fail(running, "x", Some(at(500)), at(1)).await).await;
        assert_eq!(database.jobs().next_due().await.unwrap(), Some(at(5)));
        let [again] = &take(&database, at(5), 2, 9).await[..] else { panic!("one job") };
        assert_eq!((again.payload.as_str(), again.attempts), ("2", 1));
        // Crossed out while it runs: nothing comes back either.
        write(&database, async |work| work.jobs().cancel(["k".to_owned()]).await).await;
        assert!(!write(&database, async |work| work.jobs().complete(again).await).await);
        assert_eq!(database.jobs().next_due().await.unwrap(), None);
    }

    async fn a_job_that_fails_comes_back_or_is_dead_until_it_is_scheduled_again(database) {
        schedule(&database, 1, Some("k"), at(0)).await;
        let [first] = &take(&database, at(0), 1, 9).await[..] else { panic!("one job") };
        write(&database, async |work| work.jobs().fail(first, &"ä".repeat(5_000), Some(at(7)), at(0)).await).await;
        assert!(take(&database, at(6), 2, 9).await.is_empty());
        let [second] = &take(&database, at(7), 2, 9).await[..] else { panic!("one job") };
        assert_eq!(second.attempts, 2);
        write(&database, async |work| work.jobs().fail(second, "for good", None, at(8)).await).await;
        assert!(take(&database, at(9_999), 3, 9).await.is_empty());
        assert_eq!(database.jobs().next_due().await.unwrap(), None);
        assert!(!database.jobs().is_scheduled("k").await.unwrap());
        let purge = async |before: Timestamp| write(&database, async |work| work.jobs().purge_dead(before).await).await;
        assert_eq!(purge(at(8)).await, 0);
        schedule(&database, 2, Some("k"), at(10)).await;
        let [third] = &take(&database, at(10), 4, 9).await[..] else { panic!("one job") };
        assert_eq!((third.attempts, purge(at(99)).await), (1, 0));
        write(&database, async |work| work.jobs().fail(third, "for good again", None, at(11)).await).await;
        assert_eq!(purge(at(12)).await, 1);
    }
}
