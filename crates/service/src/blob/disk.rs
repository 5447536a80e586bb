//! Files in a folder of this machine, or on a network file system that several nodes share.
//!
//! `<folder>/<last two digits of the id>/<id>` holds the bytes, `<folder>/incoming/` what is on its way in. A file there
//! is locked by the process that writes it, so that another one can tell what was left behind.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use mockly_domain::ArtifactId;
use tempfile::NamedTempFile;

use super::{BlobReader, BlobStore, BlobWriter};

/// Where uploads lie until they are whole. No id ends so.
const INCOMING: &str = "incoming";

/// Files in a folder.
#[derive(Debug, Clone)]
pub struct DiskBlobs {
    folder: PathBuf,
}

impl DiskBlobs {
    /// Uses a folder, which is made for nobody else to read once something is to be kept and it is missing.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn incoming(&self) -> PathBuf {
        self.folder.join(INCOMING)
    }

    fn create_incoming(&self) -> io::Result<NamedTempFile> {
        make_folder(&self.incoming())?;
        loop {
            let file = NamedTempFile::new_in(self.incoming())?;
            file.as_file().lock()?;
            // Before it was locked, a node that starts may have taken it for left behind.
            if file.as_file().metadata()?.nlink() > 0 {
                return Ok(file);
            }
        }
    }

    fn path(&self, id: ArtifactId) -> PathBuf {
        let name = id.to_string();
        let shelf = name.get(name.len() - 2..).unwrap_or_default();
        self.folder.join(shelf).join(&name)
    }
}

impl BlobStore for DiskBlobs {
    fn create(&self, id: ArtifactId) -> io::Result<Box<dyn BlobWriter>> {
        Ok(Box::new(Incoming { file: self.create_incoming()?, path: self.path(id) }))
    }

    fn open(&self, id: ArtifactId) -> io::Result<Box<dyn BlobReader>> {
        Ok(Box::new(File::open(self.path(id))?))
    }

    fn delete(&self, id: ArtifactId) -> io::Result<()> {
        match fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn prepare(&self) -> io::Result<usize> {
        drop(self.create_incoming()?);
        let mut count = 0;
        for entry in fs::read_dir(self.incoming())? {
            let path = entry?.path();
            // Between listing and opening an upload may end by itself; one that is locked is under way.
            let Some(_locked) = File::open(&path).ok().filter(|file| file.try_lock().is_ok()) else { continue };
            match fs::remove_file(&path) {
                Ok(()) => count += 1,
                // Another node that starts has removed it.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }
}

/// A temporary file, which is removed when this is dropped.
struct Incoming {
    file: NamedTempFile,
    /// Where it is to be kept.
    path: PathBuf,
}

impl BlobWriter for Incoming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        let Self { file, path } = *self;
        file.as_file().sync_all()?;
        let shelf = path.parent().unwrap_or(&path);
        make_folder(shelf)?;
        file.persist_noclobber(&path).map_err(|error| error.error)?;
        // The name is kept by the folder, which a crash could lose without this.
        File::open(shelf)?.sync_all()
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _, SeekFrom};

    use super::*;

    fn id(number: u128) -> ArtifactId {
        ArtifactId(uuid::Uuid::from_u128(number))
    }

    fn incoming(folder: &Path) -> usize {
        fs::read_dir(folder.join(INCOMING)).unwrap().count()
    }

    #[test]
    fn what_is_kept_is_read_from_any_place_until_it_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = DiskBlobs::new(folder.path().join("artifacts"));
        let mut writer = blobs.create(id(1)).unwrap();
        writer.write(b"hello ").unwrap();
        writer.write(b"world").unwrap();
        writer.finish().unwrap();
        let mut reader = blobs.open(id(1)).unwrap();
        reader.seek(SeekFrom::Start(6)).unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "world");
        blobs.delete(id(1)).unwrap();
        blobs.delete(id(1)).unwrap();
        assert_eq!(blobs.open(id(1)).err().map(|error| error.kind()), Some(ErrorKind::NotFound));
    }

    #[test]
    fn what_is_dropped_half_way_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = DiskBlobs::new(folder.path());
        let mut writer = blobs.create(id(1)).unwrap();
        writer.write(b"half").unwrap();
        assert_eq!(incoming(folder.path()), 1);
        drop(writer);
        assert_eq!(incoming(folder.path()), 0);
        assert!(blobs.open(id(1)).is_err());
    }

    /// A process that was killed could not remove its file; one that writes on must not lose it.
    #[test]
    fn a_start_takes_what_nobody_writes_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = DiskBlobs::new(folder.path());
        let mut writer = blobs.create(id(1)).unwrap();
        fs::write(folder.path().join(INCOMING).join("left-behind"), "half").unwrap();
        writer.write(b"under way").unwrap();
        assert_eq!(blobs.prepare().unwrap(), 1);
        assert_eq!(incoming(folder.path()), 1);
        writer.finish().unwrap();
        assert_eq!(blobs.prepare().unwrap(), 0);
        assert!(blobs.open(id(1)).is_ok());
    }

    /// Nodes that share a folder find the same leftovers when they start at once, and must take no upload for one that
    /// begins just then.
    #[test]
    fn starts_at_once_share_the_leftovers_and_spare_uploads() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = DiskBlobs::new(folder.path());
        blobs.prepare().unwrap();
        for number in 0..200 {
            File::create(folder.path().join(INCOMING).join(number.to_string())).unwrap();
        }
        let start = || blobs.prepare().unwrap();
        let upload = || {
            for number in 0..200 {
                blobs.create(id(number)).unwrap().finish().unwrap();
            }
        };
        let removed: usize = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
            scope.spawn(upload);
            starts.into_iter().map(|start| start.join().unwrap()).sum()
        });
        assert!(removed >= 200, "{removed}");
        assert_eq!(incoming(folder.path()), 0);
        assert!((0..200).all(|number| blobs.open(id(number)).is_ok()));
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = DiskBlobs::new(folder.path());
        blobs.create(id(1)).unwrap().finish().unwrap();
        assert!(blobs.create(id(1)).unwrap().finish().is_err());
        assert_eq!(incoming(folder.path()), 0);
    }
}
