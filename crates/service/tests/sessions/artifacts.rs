//! Files of sessions: whole or not at all, for those who may, and gone with all their bytes.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mockly_domain::view::ArtifactView;
use mockly_domain::{Admission, ArtifactId, ArtifactType, ErrorCode, EventType, SessionId};
use mockly_service::{
    ArtifactLimits, BlobReader, BlobStore, BlobWriter, DiskBlobs, NewArtifact, Page, Principal, ServiceError,
};

use super::lists;
use super::stage::{Stage, code, refused};
use crate::support::on_both_databases;

const ALL: Page = Page { page: 0, size: 100 };

pub(super) fn document() -> NewArtifact {
    NewArtifact {
        artifact_type: ArtifactType::Document,
        file_name: "notes.txt".to_owned(),
        content_type: "text/plain".to_owned(),
        sha256: None,
    }
}

pub(super) async fn upload(
    stage: &Stage,
    by: &Principal,
    id: SessionId,
    bytes: &[u8],
    new: NewArtifact,
) -> std::result::Result<ArtifactView, ServiceError> {
    let mut upload = stage.services().begin_upload(by, id, None).await?;
    for chunk in bytes.chunks(100_000) {
        upload.push(chunk).await?;
    }
    let received = upload.end().await?;
    stage.services().store_artifact(by, received, new).await
}

async fn bytes_of(stage: &Stage, by: &Principal, file: &ArtifactView) -> Vec<u8> {
    let mut open = stage.services().open_artifact(by, file.session_id, file.id).await.unwrap();
    let mut all = Vec::new();
    loop {
        let (rest, bytes) = open.read(1_000).await.unwrap();
        if bytes.is_empty() {
            return all;
        }
        all.extend(bytes);
        open = rest;
    }
}

/// How many files lie below a folder.
fn count(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.map(|entry| entry.unwrap().path()).map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
}

/// A disk with no room: while bytes come, or only as they are to be kept.
#[derive(Debug)]
struct FullDisk {
    disk: DiskBlobs,
    takes_bytes: AtomicBool,
}

struct FullWriter {
    writer: Box<dyn BlobWriter>,
    takes_bytes: bool,
}

impl BlobStore for FullDisk {
    fn create(&self, id: ArtifactId) -> Result<Box<dyn BlobWriter>> {
        Ok(Box::new(FullWriter {
            writer: self.disk.create(id)?,
            takes_bytes: self.takes_bytes.load(Ordering::Relaxed),
        }))
    }

    fn open(&self, id: ArtifactId) -> Result<Box<dyn BlobReader>> {
        self.disk.open(id)
    }

    fn delete(&self, id: ArtifactId) -> Result<()> {
        self.disk.delete(id)
    }

    fn prepare(&self) -> Result<usize> {
        self.disk.prepare()
    }
}

impl BlobWriter for FullWriter {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.takes_bytes { self.writer.write(bytes) } else { Err(Error::from(ErrorKind::StorageFull)) }
    }

    fn finish(self: Box<Self>) -> Result<()> {
        Err(Error::from(ErrorKind::StorageFull))
    }
}

on_both_databases! {
    async fn a_file_is_told_listed_read_and_deleted_with_its_bytes(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let bytes: Vec<u8> = (0..700_000_u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
        let file = upload(&stage, &stage.ada, id, &bytes, document()).await.unwrap();
        assert_eq!((file.size_bytes, file.uploaded_by.as_ref()), (700_000, Some(stage.ada.user_id())));
        assert_eq!(file.storage_url, format!("https://mockly.example/api/sessions/{id}/artifacts/{}/content", file.id));
        assert_eq!(bytes_of(&stage, &stage.bob, &file).await, bytes);
        assert_eq!(stage.told(id).await.artifacts, std::slice::from_ref(&file));
        let listed = stage.services().list_artifacts(&stage.bob, id, ALL).await.unwrap();
        assert_eq!((listed.items, listed.total), (vec![file.clone()], 1));
        // The job that would have deleted bytes without a row has nothing to do.
        stage.pass(Duration::from_hours(2)).await;
        assert_eq!(count(database.files()), 1);

        stage.services().delete_artifact(&stage.ada, id, file.id).await.unwrap();
        assert_eq!(stage.story(id).await.last(), Some(&EventType::SessionUpdated));
        assert!(stage.told(id).await.artifacts.is_empty());
        stage.pass(Duration::ZERO).await;
        assert_eq!(count(database.files()), 0);
        let gone = stage.services().read_artifact(&stage.ada, id, file.id).await;
        assert_eq!(code(gone), ErrorCode::ArtifactNotFound);
    }

    async fn who_takes_part_uploads_and_who_uploaded_or_hosts_deletes(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let begin = async |who| stage.services().begin_upload(who, id, None).await;
        assert_eq!(code(begin(&stage.eve).await), ErrorCode::AccessDenied);
        assert_eq!(code(begin(&stage.admin).await), ErrorCode::Forbidden);
        let of_bob = upload(&stage, &stage.bob, id, b"bob", document()).await.unwrap();
        let of_ada = upload(&stage, &stage.ada, id, b"ada", document()).await.unwrap();
        let delete = async |who, file: &ArtifactView| stage.services().delete_artifact(who, id, file.id).await;
        assert_eq!(code(delete(&stage.eve, &of_ada).await), ErrorCode::AccessDenied);
        // Ada is the candidate: the host's file is not hers.
        assert_eq!(code(delete(&stage.ada, &of_bob).await), ErrorCode::Forbidden);
        delete(&stage.bob, &of_ada).await.unwrap();
        delete(&stage.admin, &of_bob).await.unwrap();
        let other = stage.services().read_artifact(&stage.eve, id, of_bob.id).await;
        assert_eq!(code(other), ErrorCode::AccessDenied);
    }

    async fn whoever_is_kept_from_the_records_sees_no_files(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview_with(|request| request.admission = Some(Admission::Knock)).await;
        upload(&stage, &stage.bob, id, b"notes", document()).await.unwrap();
        let files = async |who| {
            let listed = stage.services().list_sessions(who, lists::all(0, 20)).await.unwrap();
            let read = stage.services().read_session(who, id).await.unwrap();
            assert!(listed.items.iter().all(|view| *view == read));
            read.artifacts.len()
        };
        assert_eq!(files(&stage.ada).await, 1);
        assert!(stage.services().join_session(&stage.ada, id, None).await.unwrap().artifacts.is_empty());
        assert_eq!((files(&stage.ada).await, files(&stage.bob).await), (0, 1));
        stage.services().remove_participant(&stage.bob, id, stage.ada.user_id()).await.unwrap();
        assert_eq!(files(&stage.ada).await, 0);
    }

    async fn a_file_belongs_to_its_session_alone(database) {
        let stage = Stage::new(&database).await;
        let first = stage.interview().await;
        let file = upload(&stage, &stage.ada, first, b"text", document()).await.unwrap();
        stage.services().cancel_session(&stage.ada, first).await.unwrap();
        let second = stage.interview().await;
        let elsewhere = stage.services().open_artifact(&stage.ada, second, file.id).await;
        assert_eq!(code(elsewhere), ErrorCode::ArtifactNotFound);
        let elsewhere = stage.services().delete_artifact(&stage.ada, second, file.id).await;
        assert_eq!(code(elsewhere), ErrorCode::ArtifactNotFound);
    }

    async fn what_is_refused_leaves_nothing(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let recording = NewArtifact { artifact_type: ArtifactType::AudioMixed, ..document() };
        let wrong_type = refused(upload(&stage, &stage.ada, id, b"text", recording).await);
        assert_eq!(wrong_type.code, ErrorCode::UnsupportedMediaType);
        assert!(wrong_type.detail.contains("audio/*"), "{}", wrong_type.detail);
        let announced = NewArtifact { sha256: Some([7; 32]), ..document() };
        assert_eq!(code(upload(&stage, &stage.ada, id, b"text", announced).await), ErrorCode::DigestMismatch);
        assert_eq!(code(upload(&stage, &stage.ada, id, b"", document()).await), ErrorCode::ValidationFailed);
        let mut half = stage.services().begin_upload(&stage.ada, id, None).await.unwrap();
        half.push(&vec![0; 500_000]).await.unwrap();
        assert_eq!(count(database.files()), 1);
        drop(half);
        assert_eq!(count(database.files()), 0);
        assert_eq!(stage.services().list_artifacts(&stage.ada, id, ALL).await.unwrap().total, 0);
        assert_eq!(stage.story(id).await, [EventType::SessionCreated]);
    }

    /// Rights are looked at again once the bytes are there: an upload may take hours.
    async fn one_who_is_removed_meanwhile_uploads_nothing(database) {
        let stage = Stage::new(&database).await;
        let id = stage.running_interview().await;
        let mut under_way = stage.services().begin_upload(&stage.ada, id, None).await.unwrap();
        under_way.push(b"text").await.unwrap();
        stage.services().remove_participant(&stage.bob, id, stage.ada.user_id()).await.unwrap();
        let received = under_way.end().await.unwrap();
        let stored = stage.services().store_artifact(&stage.ada, received, document()).await;
        assert_eq!(code(stored), ErrorCode::Removed);
        assert_eq!(count(database.files()), 0);
    }

    async fn a_full_disk_is_told_and_keeps_nothing(database) {
        let disk = DiskBlobs::new(database.files());
        let full = Arc::new(FullDisk { disk, takes_bytes: AtomicBool::new(false) });
        let stage = Stage::with_blobs(&database, Arc::clone(&full) as _, |_settings| ()).await;
        let id = stage.interview().await;
        for takes_bytes in [false, true] {
            full.takes_bytes.store(takes_bytes, Ordering::Relaxed);
            let refused = refused(upload(&stage, &stage.ada, id, b"text", document()).await);
            assert_eq!(refused.code, ErrorCode::InsufficientStorage);
            assert_eq!(count(database.files()), 0);
            assert_eq!(stage.services().list_artifacts(&stage.ada, id, ALL).await.unwrap().total, 0);
        }
    }

    async fn quotas_hold_of_a_file_a_session_and_a_user(database) {
        let limits = ArtifactLimits { file_bytes_max: 100, session_bytes_max: 150, user_bytes_max: 180 };
        let blobs = Arc::new(DiskBlobs::new(database.files()));
        let stage = Stage::with_blobs(&database, blobs, |settings| settings.artifacts = limits).await;
        let id = stage.interview().await;
        let send = async |who, id, bytes: usize| upload(&stage, who, id, &vec![1; bytes], document()).await;
        assert_eq!(code(send(&stage.ada, id, 101).await), ErrorCode::BodyTooLarge);
        let announced = stage.services().begin_upload(&stage.ada, id, Some(101)).await;
        assert_eq!(code(announced), ErrorCode::BodyTooLarge);
        send(&stage.ada, id, 100).await.unwrap();
        assert_eq!(code(send(&stage.bob, id, 51).await), ErrorCode::QuotaExceeded);
        send(&stage.bob, id, 50).await.unwrap();
        stage.services().cancel_session(&stage.ada, id).await.unwrap();
        let next = stage.interview().await;
        assert_eq!(code(send(&stage.ada, next, 81).await), ErrorCode::QuotaExceeded);
        send(&stage.ada, next, 80).await.unwrap();
        assert_eq!(count(database.files()), 3);
    }

    /// What is on its way in counts for no quota yet, so that it is looked at once more as each is stored.
    async fn uploads_that_end_at_once_stay_within_the_quota(database) {
        let limits = ArtifactLimits { user_bytes_max: 100, ..ArtifactLimits::default() };
        let blobs = Arc::new(DiskBlobs::new(database.files()));
        let stage = Stage::with_blobs(&database, blobs, |settings| settings.artifacts = limits).await;
        let id = stage.interview().await;
        let mut received = Vec::new();
        for _ in 0..4 {
            let mut upload = stage.services().begin_upload(&stage.ada, id, None).await.unwrap();
            upload.push(&[1; 40]).await.unwrap();
            received.push(upload.end().await.unwrap());
        }
        let store = |received| stage.services().store_artifact(&stage.ada, received, document());
        let [a, b, c, d] = <[_; 4]>::try_from(received).unwrap().map(store);
        let (a, b, c, d) = tokio::join!(a, b, c, d);
        let (stored, refused): (Vec<_>, Vec<_>) = [a, b, c, d].into_iter().partition(std::result::Result::is_ok);
        assert_eq!(stored.len(), 2);
        assert!(refused.into_iter().all(|result| code(result) == ErrorCode::QuotaExceeded));
        assert_eq!(count(database.files()), 2);
    }

    async fn one_user_has_four_uploads_under_way_and_another_ones_own(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        let mut under_way = Vec::new();
        for _ in 0..4 {
            under_way.push(stage.services().begin_upload(&stage.ada, id, None).await.unwrap());
        }
        let fifth = stage.services().begin_upload(&stage.ada, id, None).await;
        assert_eq!(code(fifth), ErrorCode::RateLimited);
        stage.services().begin_upload(&stage.bob, id, None).await.unwrap();
        under_way.pop();
        stage.services().begin_upload(&stage.ada, id, None).await.unwrap();
    }

    async fn files_go_with_their_session(database) {
        let stage = Stage::new(&database).await;
        let id = stage.interview().await;
        for text in [b"one", b"two"] {
            upload(&stage, &stage.ada, id, text, document()).await.unwrap();
        }
        stage.services().delete_session(&stage.ada, id).await.unwrap();
        assert_eq!(count(database.files()), 2);
        stage.pass(Duration::ZERO).await;
        assert_eq!(count(database.files()), 0);
    }
}
