//! Analyses of recordings: queued, worked off once, told to whoever asked.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use mockly_data::Store;
use mockly_domain::analysis::ChannelFigures;
use mockly_domain::view::ArtifactView;
use mockly_domain::{Analysis, AnalysisStatus, ArtifactType, ErrorCode, EventType, SessionId, Timestamp};
use mockly_service::{AnalyserSettings, DiskBlobs, NewArtifact, NoMedia, Page, Principal};
use serde_json::{Value, json};

use super::artifacts::{document, upload};
use super::stage::{Stage, code};
use crate::support::{TestWorld, on_both_databases};

const RATE: u32 = 8_000;

/// A WAV file of 16 bits; each channel is a list of stretches: seconds, and whether there is a tone.
fn wav(channels: &[&[(u32, bool)]]) -> Vec<u8> {
    let sound = |stretches: &[(u32, bool)]| -> Vec<i16> {
        let samples =
            stretches.iter().flat_map(|(seconds, tone)| std::iter::repeat_n(*tone, (seconds * RATE) as usize));
        // A square of 500 Hz at a quarter of full scale.
        let level = |(place, tone): (usize, bool)| {
            if !tone {
                0
            } else if place / 8 % 2 == 0 {
                8_000
            } else {
                -8_000
            }
        };
        samples.enumerate().map(level).collect()
    };
    let channels: Vec<Vec<i16>> = channels.iter().map(|stretches| sound(stretches)).collect();
    let count = u16::try_from(channels.len()).unwrap();
    let data: Vec<u8> = (0..channels[0].len())
        .flat_map(|place| channels.iter().flat_map(move |channel| channel[place].to_le_bytes()))
        .collect();
    let size = u32::try_from(data.len()).unwrap();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + size).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend([1_u16.to_le_bytes(), count.to_le_bytes()].concat());
    file.extend([RATE.to_le_bytes(), (RATE * u32::from(count) * 2).to_le_bytes()].concat());
    file.extend([(count * 2).to_le_bytes(), 16_u16.to_le_bytes()].concat());
    file.extend(b"data");
    file.extend(size.to_le_bytes());
    file.extend(data);
    file
}

fn recording(artifact_type: ArtifactType) -> NewArtifact {
    let (file_name, content_type) = ("interview.wav".to_owned(), "audio/wav".to_owned());
    NewArtifact { artifact_type, file_name, content_type, ..document() }
}

async fn record(stage: &Stage, id: SessionId, artifact_type: ArtifactType, bytes: &[u8]) -> ArtifactView {
    upload(stage, &stage.ada, id, bytes, recording(artifact_type)).await.unwrap()
}

async fn request(stage: &Stage, by: &Principal, file: &ArtifactView) -> Analysis {
    stage.services().request_analysis(by, file.session_id, file.id).await.unwrap()
}

/// What a user was told of analyses, oldest first: event and payload.
async fn told(stage: &Stage, who: &Principal) -> Vec<(String, Value)> {
    let notifications = stage.world.database.notifications();
    let rows = notifications.list_of_user(who.user_id(), Timestamp::MIN, 0, 100).await.unwrap();
    let of_analyses = rows.into_iter().filter(|row| row.event.starts_with("analysis:"));
    of_analyses.map(|row| (row.event, serde_json::from_str(&row.payload).unwrap())).collect()
}

fn near(value: u64, expected: u64) {
    assert!(value.abs_diff(expected) * 50 <= expected, "{value} is not within 2 % of {expected}");
}

fn channel<'a>(channels: &'a [ChannelFigures], name: &str) -> &'a ChannelFigures {
    channels.iter().find(|channel| channel.channel == name).unwrap()
}

on_both_databases! {
    async fn both_sides_of_an_interview_are_measured_apart(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let left = [(1, false), (4, true), (2, false), (3, true)];
        let right = [(5, false), (2, true), (3, false)];
        let file = record(&stage, id, ArtifactType::AudioMixed, &wav(&[&left, &right])).await;
        let asked = request(&stage, &stage.bob, &file).await;
        assert_eq!(asked.status, AnalysisStatus::Queued);
        assert_eq!(stage.services().run_waiting_analyses().await.unwrap(), 1);
        assert_eq!(stage.services().run_waiting_analyses().await.unwrap(), 0);

        let view = stage.services().read_analysis(&stage.ada, asked.id).await.unwrap();
        assert_eq!((view.analysis.status, &view.analysis.error), (AnalysisStatus::Succeeded, &None));
        let report = view.report.unwrap();
        assert_eq!((report.format.as_str(), report.sample_rate_hz, report.duration_ms), ("WAV", RATE, 10_000));
        let (of_left, of_right) = (channel(&report.channels, "LEFT"), channel(&report.channels, "RIGHT"));
        near(of_left.speech.talk_ms, 7_000);
        near(of_left.speech.pause_ms, 2_000);
        assert_eq!((of_left.speech.pause_count, of_left.speech.pauses.len()), (1, 1));
        near(of_right.speech.talk_ms, 2_000);
        assert_eq!(of_right.speech.pause_count, 0);
        near(report.speech.talk_ms, 9_000);
        assert!(report.loudness.integrated_lufs.is_some() && report.loudness.peak_dbfs.is_some());

        let payload = |message: &str, status: &str| {
            json!({ "interviewId": id, "analysisId": asked.id, "message": message, "status": status })
        };
        assert_eq!(
            told(&stage, &stage.bob).await,
            [
                ("analysis:started".to_owned(), payload("The analysis of interview.wav has started.", "started")),
                ("analysis:completed".to_owned(), payload("The analysis of interview.wav is ready.", "success")),
            ]
        );
        assert!(told(&stage, &stage.ada).await.is_empty());
        // The recording is known to be that long now.
        assert_eq!(stage.told(id).await.artifacts[0].duration_sec, Some(10));
        assert_eq!(stage.story(id).await.last(), Some(&EventType::SessionUpdated));
    }

    async fn a_recording_of_one_side_is_one_speaker(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let sound = [(2, true), (1, false), (1, true)];
        for (artifact_type, side) in [(ArtifactType::AudioLeft, "LEFT"), (ArtifactType::AudioRight, "RIGHT")] {
            let file = record(&stage, id, artifact_type, &wav(&[&sound, &sound])).await;
            let asked = request(&stage, &stage.ada, &file).await;
            stage.services().run_waiting_analyses().await.unwrap();
            let report = stage.services().read_analysis(&stage.ada, asked.id).await.unwrap().report.unwrap();
            assert_eq!(report.channels.len(), 1);
            near(channel(&report.channels, side).speech.talk_ms, 3_000);
        }
    }

    async fn what_cannot_be_decoded_says_why(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let whole = wav(&[&[(4, true)]]);
        let mut crowd = whole.clone();
        crowd[22..24].copy_from_slice(&10_000_u16.to_le_bytes());
        for (bytes, reason) in [
            (b"This is no recording.".as_slice(), "unknown-format"),
            (&whole[..whole.len() / 2], "truncated-file"),
            (&crowd, "unsupported-channels"),
        ] {
            let file = record(&stage, id, ArtifactType::AudioMixed, bytes).await;
            let asked = request(&stage, &stage.ada, &file).await;
            assert_eq!(stage.services().run_waiting_analyses().await.unwrap(), 1);
            let view = stage.services().read_analysis(&stage.ada, asked.id).await.unwrap();
            let (code, sentence) = view.analysis.error.unwrap();
            assert_eq!((view.analysis.status, code.as_str(), view.report), (AnalysisStatus::Failed, reason, None));
            let (event, payload) = told(&stage, &stage.ada).await.pop().unwrap();
            assert_eq!((event.as_str(), &payload["status"]), ("analysis:failed", &json!("failed")));
            assert!(payload["message"].as_str().unwrap().ends_with(&sentence), "{payload}");
        }
    }

    async fn who_takes_part_asks_for_recordings_of_the_session(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let file = record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(1, true)]])).await;
        let text = upload(&stage, &stage.ada, id, b"text", document()).await.unwrap();
        let ask = async |who, artifact| stage.services().request_analysis(who, id, artifact).await;
        assert_eq!(code(ask(&stage.eve, file.id).await), ErrorCode::AccessDenied);
        assert_eq!(code(ask(&stage.ada, text.id).await), ErrorCode::NotARecording);
        stage.services().cancel_session(&stage.ada, id).await.unwrap();
        let other = stage.interview().await;
        let elsewhere = stage.services().request_analysis(&stage.ada, other, file.id).await;
        assert_eq!(code(elsewhere), ErrorCode::ArtifactNotFound);
        let asked = ask(&stage.ada, file.id).await.unwrap();
        assert_eq!(code(stage.services().read_analysis(&stage.eve, asked.id).await), ErrorCode::AccessDenied);
        // Asked for again before its end, it is the same.
        assert_eq!(ask(&stage.ada, file.id).await.unwrap().id, asked.id);
        assert_ne!(ask(&stage.bob, file.id).await.unwrap().id, asked.id);
        assert_eq!(stage.services().run_waiting_analyses().await.unwrap(), 2);
    }

    /// Nobody listens where this analyser should be: it is asked in vain, and its analysis ends at the deadline, not before.
    async fn an_analyser_that_does_not_report_is_given_up_at_its_deadline(database) {
        let timeout = Duration::from_mins(30);
        let stage = Stage::with_blobs(&database, Arc::new(DiskBlobs::new(database.files())), |settings| {
            let url = "http://127.0.0.1:1/analyse".to_owned();
            settings.analyser = Some(AnalyserSettings { url, secret: "0".repeat(32), timeout });
        })
        .await;
        let id = stage.interview().await;
        let file = record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(1, true)]])).await;
        let asked = request(&stage, &stage.ada, &file).await;
        assert_eq!(stage.services().run_waiting_analyses().await.unwrap(), 1);
        stage.pass_short_of(timeout).await;
        let view = stage.services().read_analysis(&stage.ada, asked.id).await.unwrap();
        assert_eq!(view.analysis.status, AnalysisStatus::Running);
        stage.pass(Duration::from_secs(1)).await;
        let view = stage.services().read_analysis(&stage.ada, asked.id).await.unwrap();
        assert_eq!(view.analysis.error.unwrap().0, "analysis-too-long");
        let events: Vec<String> = told(&stage, &stage.ada).await.into_iter().map(|(event, _)| event).collect();
        assert_eq!(events, ["analysis:started", "analysis:failed"]);
    }

    async fn the_analyses_of_a_session_are_listed_newest_first(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let file = record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(1, true)]])).await;
        let first = request(&stage, &stage.ada, &file).await;
        let second = request(&stage, &stage.bob, &file).await;
        let list = async |who, page| stage.services().list_analyses(who, id, Page { page, size: 1 }).await;
        for (page, expected) in [(0, &second), (1, &first)] {
            let listed = list(&stage.ada, page).await.unwrap();
            assert_eq!((listed.total, listed.items.as_slice()), (2, std::slice::from_ref(expected)));
        }
        assert_eq!(code(list(&stage.eve, 0).await), ErrorCode::AccessDenied);
    }

    async fn a_deleted_recording_takes_its_analyses_along(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let file = record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(1, true)]])).await;
        let asked = request(&stage, &stage.ada, &file).await;
        stage.services().delete_artifact(&stage.ada, id, file.id).await.unwrap();
        assert_eq!(stage.services().run_waiting_analyses().await.unwrap(), 0);
        assert_eq!(code(stage.services().read_analysis(&stage.ada, asked.id).await), ErrorCode::AnalysisNotFound);
        assert!(told(&stage, &stage.ada).await.is_empty());
    }

    /// A node that dies says nothing more; another one begins again once the lease has run out, and nobody is told twice.
    async fn what_a_dead_node_had_is_begun_again_three_times(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let file = record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(1, true)]])).await;
        let first = request(&stage, &stage.ada, &file).await;
        let die = async || {
            let work = stage.world.database.begin().await.unwrap();
            let (now, lease) = (stage.now(), uuid::Uuid::from_u128(1));
            work.analyses().take(now, now.plus(Duration::from_mins(1)), lease).await.unwrap().unwrap();
            work.commit().await.unwrap();
        };
        die().await;
        assert_eq!(stage.services().run_waiting_analyses().await.unwrap(), 0);
        stage.sleep(Duration::from_mins(2));
        assert_eq!(stage.services().run_waiting_analyses().await.unwrap(), 1);
        let view = stage.services().read_analysis(&stage.ada, first.id).await.unwrap();
        assert_eq!((view.analysis.status, view.analysis.attempts), (AnalysisStatus::Succeeded, 2));

        let second = request(&stage, &stage.ada, &file).await;
        for _ in 0..3 {
            die().await;
            stage.sleep(Duration::from_mins(2));
        }
        assert_eq!(stage.services().run_waiting_analyses().await.unwrap(), 1);
        let view = stage.services().read_analysis(&stage.ada, second.id).await.unwrap();
        assert_eq!(view.analysis.error.unwrap().0, "analysis-interrupted");
    }

    async fn nodes_that_work_at_once_take_each_analysis_once(database) {
        let stage = Stage::new(&database).await;
        let other = TestWorld::with(&database, Arc::new(NoMedia), |_settings| ());
        let id = stage.interview().await;
        for _ in 0..4 {
            let file = record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(1, true)]])).await;
            request(&stage, &stage.ada, &file).await;
        }
        let (here, there) = tokio::join!(stage.services().run_waiting_analyses(), other.services.run_waiting_analyses());
        assert_eq!(here.unwrap() + there.unwrap(), 4);
        let told = told(&stage, &stage.ada).await;
        let completed = told.iter().filter(|(event, _)| event == "analysis:completed").count();
        assert_eq!(completed, 4, "{told:?}");
    }

    /// Looking whether one is under way and then asking for another is no rule where thirty look at once.
    async fn of_many_requests_at_once_one_is_queued(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let file = record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(1, true)]])).await;
        let requests = (0..30).map(|_| stage.services().request_analysis(&stage.ada, id, file.id));
        let ids: HashSet<_> = join_all(requests).await.into_iter().map(|asked| asked.unwrap().id).collect();
        assert_eq!(ids.len(), 1);
        assert_eq!(stage.services().list_analyses(&stage.ada, id, Page { page: 0, size: 10 }).await.unwrap().total, 1);
    }

    async fn a_user_waits_for_twenty_analyses_at_most(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let mut files = Vec::new();
        for _ in 0..25 {
            files.push(record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(1, true)]])).await);
        }
        let requests = files.iter().map(|file| stage.services().request_analysis(&stage.ada, id, file.id));
        let refused: Vec<ErrorCode> =
            join_all(requests).await.into_iter().filter_map(|asked| asked.err().map(|error| error.code())).collect();
        assert_eq!(refused, [ErrorCode::RateLimited; 5]);
    }

    /// A file that goes while its analysis is asked for is not found, whichever comes first.
    async fn a_recording_that_is_deleted_meanwhile_is_not_found(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        for _ in 0..10 {
            let file = record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(1, true)]])).await;
            let (asked, deleted) = tokio::join!(
                stage.services().request_analysis(&stage.bob, id, file.id),
                stage.services().delete_artifact(&stage.ada, id, file.id),
            );
            deleted.unwrap();
            if asked.is_err() {
                assert_eq!(code(asked), ErrorCode::ArtifactNotFound);
            }
        }
    }

    /// Whoever asks for much must not make everybody else wait for all of it.
    async fn each_user_has_a_turn(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let mut hers = Vec::new();
        for _ in 0..3 {
            let file = record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(1, true)]])).await;
            hers.push(request(&stage, &stage.ada, &file).await.id);
        }
        let file = record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(1, true)]])).await;
        let his = request(&stage, &stage.bob, &file).await.id;
        let mut taken = Vec::new();
        for number in 0..4_u128 {
            stage.sleep(Duration::from_secs(1));
            let work = stage.world.database.begin().await.unwrap();
            let (now, lease) = (stage.now(), uuid::Uuid::from_u128(number));
            let (analysis, is_first) =
                work.analyses().take(now, now.plus(Duration::from_hours(1)), lease).await.unwrap().unwrap();
            work.commit().await.unwrap();
            assert!(is_first);
            taken.push(analysis.id);
        }
        assert_eq!(taken, [hers[0], his, hers[1], hers[2]]);
        // Once nothing runs, it goes by who had one begun the longest time ago.
        stage.sleep(Duration::from_hours(2));
        assert_eq!(stage.services().run_waiting_analyses().await.unwrap(), 4);
        for who in [&stage.ada, &stage.ada, &stage.bob, &stage.bob] {
            let file = record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(1, true)]])).await;
            request(&stage, who, &file).await;
        }
        let mut begun = Vec::new();
        for number in 0..4_u128 {
            stage.sleep(Duration::from_secs(1));
            let work = stage.world.database.begin().await.unwrap();
            let (now, lease) = (stage.now(), uuid::Uuid::from_u128(number));
            let (mut analysis, _) =
                work.analyses().take(now, now.plus(Duration::from_hours(1)), lease).await.unwrap().unwrap();
            analysis.status = AnalysisStatus::Failed;
            work.analyses().finish(&analysis, lease).await.unwrap();
            work.commit().await.unwrap();
            begun.push(analysis.requested_by.to_string());
        }
        assert!(begun[0] != begun[1] && begun[1] != begun[2] && begun[2] != begun[3], "{begun:?}");
    }

    /// A node that stops in order has not failed at it, and nobody is told twice that it was begun.
    async fn restarts_in_order_take_no_try(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let file = record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(600, true)]])).await;
        let asked = request(&stage, &stage.ada, &file).await;
        let give_back = async |first: bool| {
            let work = stage.world.database.begin().await.unwrap();
            let (now, lease) = (stage.now(), uuid::Uuid::from_u128(1));
            let (_, is_first) =
                work.analyses().take(now, now.plus(Duration::from_mins(1)), lease).await.unwrap().unwrap();
            assert_eq!(is_first, first);
            work.analyses().give_back(asked.id, lease).await.unwrap();
            work.commit().await.unwrap();
        };
        for number in 0..5 {
            give_back(number == 0).await;
        }
        assert_eq!(stage.services().run_waiting_analyses().await.unwrap(), 1);
        let view = stage.services().read_analysis(&stage.ada, asked.id).await.unwrap();
        assert_eq!((view.analysis.status, view.analysis.attempts), (AnalysisStatus::Succeeded, 1));
        let events: Vec<String> = told(&stage, &stage.ada).await.into_iter().map(|(event, _)| event).collect();
        assert_eq!(events, ["analysis:completed"], "the one who took it first would have told of the begin");
    }

    /// Whoever was told that it has begun hears how it ends, also where its recording goes, or the whole session.
    async fn who_waits_for_an_analysis_hears_that_its_recording_was_deleted(database) {
        let timeout = Duration::from_mins(30);
        let stage = Stage::with_blobs(&database, Arc::new(DiskBlobs::new(database.files())), |settings| {
            let url = "http://127.0.0.1:1/analyse".to_owned();
            settings.analyser = Some(AnalyserSettings { url, secret: "0".repeat(32), timeout });
        })
        .await;
        let id = stage.interview().await;
        let mut files = Vec::new();
        for _ in 0..3 {
            files.push(record(&stage, id, ArtifactType::AudioMixed, &wav(&[&[(1, true)]])).await);
        }
        for file in &files[..2] {
            request(&stage, &stage.bob, file).await;
        }
        stage.services().run_waiting_analyses().await.unwrap();
        // Nobody was told of this one yet.
        request(&stage, &stage.bob, &files[2]).await;
        stage.services().delete_artifact(&stage.ada, id, files[0].id).await.unwrap();
        let events = async || -> Vec<String> { told(&stage, &stage.bob).await.into_iter().map(|(event, _)| event).collect() };
        assert_eq!(events().await, ["analysis:started", "analysis:started", "analysis:failed"]);
        let (_, payload) = told(&stage, &stage.bob).await.pop().unwrap();
        assert_eq!(payload["status"], "failed");
        assert!(payload["message"].as_str().unwrap().ends_with("The recording was deleted."), "{payload}");
        stage.services().cancel_session(&stage.ada, id).await.unwrap();
        stage.services().delete_session(&stage.ada, id).await.unwrap();
        assert_eq!(
            events().await,
            ["analysis:started", "analysis:started", "analysis:failed", "analysis:failed"]
        );
    }
}
