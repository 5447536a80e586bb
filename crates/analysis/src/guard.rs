//! Stands between the file and whoever parses it, and counts.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use symphonia::core::io::MediaSource;

use crate::AnalysisError;

/// When to give up: asked before each read and between packets.
pub(crate) type MustStop<'a> = &'a (dyn Fn() -> bool + Send + Sync);

/// The source of a recording, with a budget of bytes.
///
/// The parsers hold no more than what they read between two packets, so that a bound on these bytes bounds their memory,
/// whatever lengths the file claims.
pub(crate) struct Guard<'a, R> {
    source: R,
    length: u64,
    must_stop: MustStop<'a>,
    budget: Arc<Budget>,
}

/// What the guard saw, for whoever drives the parser.
#[derive(Default)]
pub(crate) struct Budget {
    left: AtomicU64,
    max: AtomicU64,
    is_spent: AtomicBool,
    is_stopped: AtomicBool,
    has_ended: AtomicBool,
}

impl<'a, R: Read + Seek> Guard<'a, R> {
    /// # Errors
    ///
    /// What the source says about its length.
    pub(crate) fn new(mut source: R, must_stop: MustStop<'a>) -> io::Result<Self> {
        let length = source.seek(SeekFrom::End(0))?;
        source.rewind()?;
        Ok(Self { source, length, must_stop, budget: Arc::default() })
    }

    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn budget(&self) -> Arc<Budget> {
        Arc::clone(&self.budget)
    }
}

impl Budget {
    /// Allows so many bytes from now on.
    pub(crate) fn allow(&self, bytes: u64) {
        self.left.store(bytes, Relaxed);
        self.max.store(bytes, Relaxed);
    }

    /// Whether a read has met the end of the file.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Relaxed)
    }

    /// The fault that the guard itself answered with, if any: the parsers only pass on that a read failed.
    pub(crate) fn fault(&self) -> Option<AnalysisError> {
        if self.is_stopped.load(Relaxed) {
            return Some(AnalysisError::Stopped);
        }
        self.is_spent.load(Relaxed).then(|| AnalysisError::PartTooLarge { max: self.max.load(Relaxed) })
    }
}

impl<R: Read> Read for Guard<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if (self.must_stop)() {
            self.budget.is_stopped.store(true, Relaxed);
            return Err(io::Error::other("stopped"));
        }
        let read = self.source.read(buffer)?;
        self.budget.has_ended.fetch_or(read == 0 && !buffer.is_empty(), Relaxed);
        let Some(left) = self.budget.left.load(Relaxed).checked_sub(read as u64) else {
            self.budget.is_spent.store(true, Relaxed);
            return Err(io::Error::other("too many bytes between two packets"));
        };
        self.budget.left.store(left, Relaxed);
        Ok(read)
    }
}

impl<R: Seek> Seek for Guard<'_, R> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.source.seek(position)
    }
}

impl<R: Read + Seek + Send + Sync> MediaSource for Guard<'_, R> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}
