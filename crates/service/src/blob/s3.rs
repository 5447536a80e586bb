//! Objects in a bucket of S3, or of a server that speaks its protocol.
//!
//! `<prefix><id>` holds the bytes. What is on its way in is a multipart upload, which shows nowhere before it is complete
//! and is aborted where it never will be; what fits into one part is put at once.

use std::fmt;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use mockly_domain::ArtifactId;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::multipart::{MultipartStore as _, PartId};
use object_store::path::Path;
use object_store::{
    ClientOptions, GetOptions, GetRange, MultipartId, ObjectStore as _, ObjectStoreExt as _, PutPayload, RetryConfig,
};
use tokio::runtime::Handle;

use super::{BlobReader, BlobStore, BlobWriter};

/// What one upload keeps in memory. S3 wants at least 5 MiB, and the same in each part but the last.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Most parts that S3 takes.
const PARTS_MAX: usize = 10_000;
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the store may say nothing.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How long one call may take with all its tries.
const CALL_TIMEOUT: Duration = Duration::from_mins(2);
const TRIES_AGAIN_MAX: usize = 3;
/// What S3 and its likes call it where there is no room.
const FULL: [&str; 3] = ["XMinioStorageFull", "QuotaExceeded", "InsufficientCapacity"];

/// Where the bucket is, and who asks for it.
#[derive(Clone)]
pub struct S3Settings {
    /// The bucket.
    pub bucket: String,
    /// Its region.
    pub region: String,
    /// The server, without the bucket; `None` is Amazon's of the region.
    pub endpoint: Option<String>,
    /// Whether the bucket stands in the path and not in the host.
    pub path_style: bool,
    /// What each object's name begins with: nothing, or folders that end with a slash.
    pub prefix: String,
    /// The name of the key.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: String,
}

impl fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("S3Settings");
        shown.field("bucket", &self.bucket).field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Objects in a bucket.
#[derive(Clone)]
pub struct S3Blobs {
    store: Arc<AmazonS3>,
    bucket: String,
    prefix: String,
    runtime: Handle,
}

impl fmt::Debug for S3Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Blobs").field("bucket", &self.bucket).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl S3Blobs {
    /// Largest object, in bytes.
    pub const OBJECT_BYTES_MAX: u64 = (PART_BYTES * PARTS_MAX) as u64;

    /// Uses a bucket, which must be there. Must be called inside the runtime that its calls are to run on.
    ///
    /// # Errors
    /// Where the settings cannot be used.
    pub fn new(settings: &S3Settings) -> io::Result<Self> {
        let client = ClientOptions::new()
            .with_connect_timeout(CONNECT_TIMEOUT)
            .with_read_timeout(READ_TIMEOUT)
            // A download takes as long as its reader does.
            .with_timeout_disabled();
        let retry = RetryConfig { max_retries: TRIES_AGAIN_MAX, retry_timeout: READ_TIMEOUT, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key_id)
            .with_secret_access_key(&settings.secret_access_key)
            .with_virtual_hosted_style_request(!settings.path_style)
            .with_client_options(client)
            .with_retry(retry);
        if let Some(endpoint) = &settings.endpoint {
            let endpoint = host_of_bucket(endpoint, (!settings.path_style).then_some(settings.bucket.as_str()));
            builder = builder.with_allow_http(endpoint.starts_with("http://")).with_endpoint(endpoint);
        }
        let store = Arc::new(builder.build().map_err(io::Error::other)?);
        let (bucket, prefix) = (settings.bucket.clone(), settings.prefix.clone());
        Ok(Self { store, bucket, prefix, runtime: Handle::current() })
    }

    fn path(&self, name: impl fmt::Display) -> Path {
        Path::from(format!("{}{name}", self.prefix))
    }

    /// Waits for a call, on a thread where blocking is fine.
    fn wait<T>(&self, call: impl Future<Output = object_store::Result<T>>) -> io::Result<T> {
        self.runtime.block_on(async {
            match tokio::time::timeout(CALL_TIMEOUT, call).await {
                Ok(done) => done.map_err(failure),
                Err(_late) => Err(ErrorKind::TimedOut.into()),
            }
        })
    }
}

impl BlobStore for S3Blobs {
    fn create(&self, id: ArtifactId) -> io::Result<Box<dyn BlobWriter>> {
        let path = self.path(id);
        Ok(Box::new(Incoming { blobs: self.clone(), path, gathered: Vec::new(), upload: None, parts: Vec::new() }))
    }

    fn open(&self, id: ArtifactId) -> io::Result<Box<dyn BlobReader>> {
        let path = self.path(id);
        let size = self.wait(self.store.head(&path))?.size;
        Ok(Box::new(Outgoing { blobs: self.clone(), path, size, position: 0, body: Mutex::new(None) }))
    }

    fn delete(&self, id: ArtifactId) -> io::Result<()> {
        match self.wait(self.store.delete(&self.path(id))) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// A multipart upload of a process that was killed stays until a rule of the bucket ends it: the protocol of
    /// `object_store` lists none.
    fn prepare(&self) -> io::Result<usize> {
        let probe = self.path("probe");
        self.wait(self.store.put(&probe, PutPayload::from_static(b"mockly")))?;
        self.wait(self.store.delete(&probe))?;
        Ok(0)
    }
}

/// A multipart upload, which is aborted when this is dropped before its end.
struct Incoming {
    blobs: S3Blobs,
    path: Path,
    gathered: Vec<u8>,
    upload: Option<MultipartId>,
    parts: Vec<PartId>,
}

impl Incoming {
    fn put_part(&mut self, part: Vec<u8>) -> io::Result<()> {
        if self.parts.len() >= PARTS_MAX {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let Self { blobs, path, upload, parts, .. } = self;
        let id = match upload {
            Some(id) => id,
            None => upload.insert(blobs.wait(blobs.store.create_multipart(path))?),
        };
        let part = PutPayload::from_bytes(Bytes::from(part));
        parts.push(blobs.wait(blobs.store.put_part(path, id, parts.len(), part))?);
        Ok(())
    }
}

impl BlobWriter for Incoming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.gathered.extend_from_slice(bytes);
        while self.gathered.len() >= PART_BYTES {
            let rest = self.gathered.split_off(PART_BYTES);
            let part = mem::replace(&mut self.gathered, rest);
            self.put_part(part)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        let last = mem::take(&mut self.gathered);
        if self.upload.is_none() {
            let whole = PutPayload::from_bytes(Bytes::from(last));
            return self.blobs.wait(self.blobs.store.put(&self.path, whole)).map(|_put| ());
        }
        if !last.is_empty() {
            self.put_part(last)?;
        }
        if let Some(id) = &self.upload {
            let parts = mem::take(&mut self.parts);
            self.blobs.wait(self.blobs.store.complete_multipart(&self.path, id, parts))?;
            self.upload = None;
        }
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let Some(id) = self.upload.take() else { return };
        let (store, path) = (Arc::clone(&self.blobs.store), self.path.clone());
        // Whoever drops it may be anywhere, also where blocking is not fine.
        self.blobs.runtime.spawn(async move {
            let aborted = tokio::time::timeout(CALL_TIMEOUT, store.abort_multipart(&path, &id)).await;
            if let Ok(Err(error)) = aborted {
                tracing::warn!(error.cause = %error, "an upload to the bucket was not aborted");
            }
        });
    }
}

/// An object that is read from any place: one request for as long as it is read in its order.
struct Outgoing {
    blobs: S3Blobs,
    path: Path,
    size: u64,
    position: u64,
    body: Mutex<Option<Body>>,
}

/// What comes from the position on.
struct Body {
    stream: BoxStream<'static, object_store::Result<Bytes>>,
    chunk: Bytes,
}

impl Read for Outgoing {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || buf.is_empty() {
            return Ok(0);
        }
        let opened = self.body.get_mut().unwrap_or_else(PoisonError::into_inner);
        let body = if let Some(body) = opened {
            body
        } else {
            let options = GetOptions { range: Some(GetRange::Offset(self.position)), ..GetOptions::default() };
            let got = self.blobs.wait(self.blobs.store.get_opts(&self.path, options))?;
            opened.insert(Body { stream: got.into_stream(), chunk: Bytes::new() })
        };
        while body.chunk.is_empty() {
            let next = self.blobs.wait(async { body.stream.next().await.transpose() })?;
            body.chunk = next.ok_or(ErrorKind::UnexpectedEof)?;
        }
        let count = body.chunk.len().min(buf.len());
        body.chunk.copy_to_slice(&mut buf[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Outgoing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        let position = position.ok_or(ErrorKind::InvalidInput)?;
        if position != self.position {
            *self.body.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
            self.position = position;
        }
        Ok(position)
    }
}

/// The endpoint with the bucket before its host, as `object_store` wants to be given it.
fn host_of_bucket(endpoint: &str, bucket: Option<&str>) -> String {
    match (endpoint.split_once("://"), bucket) {
        (Some((scheme, host)), Some(bucket)) => format!("{scheme}://{bucket}.{host}"),
        _ => endpoint.to_owned(),
    }
}

fn failure(error: object_store::Error) -> io::Error {
    if matches!(error, object_store::Error::NotFound { .. }) {
        return io::Error::new(ErrorKind::NotFound, error);
    }
    let text = error.to_string();
    if FULL.iter().any(|code| text.contains(code)) {
        return io::Error::new(ErrorKind::StorageFull, error);
    }
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> S3Settings {
        S3Settings {
            bucket: "files".to_owned(),
            region: "us-east-1".to_owned(),
            endpoint: Some("http://127.0.0.1:1".to_owned()),
            path_style: true,
            prefix: "mockly/".to_owned(),
            access_key_id: "key".to_owned(),
            secret_access_key: "hush-hush".to_owned(),
        }
    }

    #[tokio::test]
    async fn nothing_shows_the_key() {
        let _done_before = rustls::crypto::ring::default_provider().install_default();
        let shown = format!("{:?} {:?}", settings(), S3Blobs::new(&settings()).unwrap());
        assert!(shown.contains("files") && !shown.contains("hush"), "{shown}");
    }

    #[test]
    fn a_bucket_stands_in_the_path_or_in_the_host() {
        assert_eq!(host_of_bucket("https://s3.example.org", Some("files")), "https://files.s3.example.org");
        assert_eq!(host_of_bucket("http://minio:9000", None), "http://minio:9000");
    }
}
