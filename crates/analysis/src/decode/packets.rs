//! WAV, MP3 and MP4, by `symphonia`.

use std::io::{self, Read, Seek};

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::formats::{IsoMp4Reader, MpaReader, WavReader};

use super::job::Job;
use crate::guard::{Budget, Guard};
use crate::{AnalysisError, Format, meter};

pub(super) fn decode<R: Read + Seek + Send + Sync>(
    guard: Guard<'_, R>,
    budget: &Budget,
    job: &mut Job<'_>,
) -> Result<(), AnalysisError> {
    let mut reader = open(guard, job.format).map_err(|error| refused(error, budget, job))?;
    let track = reader.first_track(TrackType::Audio).ok_or(AnalysisError::NoSound { format: job.format })?;
    let (id, frames) = (track.id, frames_said(track, job.format));
    let mut decoder = make_decoder(track, job)?;
    let mut samples = Vec::new();
    loop {
        budget.allow(job.settings.limits.packet_bytes_max);
        let packet = match reader.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            // Of an MP3 file and of a WAV file of unknown length the end is where no more packet is; whether it is too
            // early, the length that the file says tells below.
            Err(Error::IoError(error)) if job.format != Format::Mp4 && is_end(&error) => break,
            Err(error) => return Err(refused(error, budget, job)),
        };
        if packet.track_id != id {
            continue;
        }
        job.begin_packet()?;
        match decoder.decode(&packet) {
            Ok(decoded) => {
                let (rate, channels) = (decoded.spec().rate(), decoded.spec().channels().count());
                decoded.copy_to_vec_interleaved(&mut samples);
                job.push(rate, channels, &samples)?;
            }
            Err(Error::DecodeError(reason)) => job.skip_packet(reason)?,
            Err(Error::IoError(error)) => job.skip_packet(&error.to_string())?,
            Err(error) => return Err(refused(error, budget, job)),
        }
    }
    match frames {
        Some(frames) if frames > job.frames() && !job.has_damage() => Err(job.truncated()),
        _ => Ok(()),
    }
}

fn open<'a, R: Read + Seek + Send + Sync + 'a>(
    guard: Guard<'a, R>,
    format: Format,
) -> Result<Box<dyn FormatReader + 'a>, Error> {
    let stream = MediaSourceStream::new(Box::new(guard), MediaSourceStreamOptions::default());
    let options = FormatOptions::default();
    Ok(match format {
        Format::Wav => Box::new(WavReader::try_new(stream, options)?),
        Format::Mp3 => Box::new(MpaReader::try_new(stream, options)?),
        Format::Mp4 | Format::Ogg => Box::new(IsoMp4Reader::try_new(stream, options)?),
    })
}

/// How many frames there must be for the file to be whole, where it says so: a WAV file by the length of its data, an
/// MP3 file by the encoder's tag (otherwise the parser guesses). An MP4 file has its boxes for that.
fn frames_said(track: &Track, format: Format) -> Option<u64> {
    /// The decoder needs some packets to start where a file was cut out of a longer one.
    const MP3_FRAMES_LOST: u64 = 3 * 1152;
    match format {
        Format::Wav => track.num_frames,
        Format::Mp3 => track.delay.and(track.num_frames).map(|frames| frames.saturating_sub(MP3_FRAMES_LOST)),
        Format::Mp4 | Format::Ogg => None,
    }
}

fn make_decoder(track: &Track, job: &Job<'_>) -> Result<Box<dyn AudioDecoder>, AnalysisError> {
    let params = track.codec_params.as_ref().and_then(|params| params.audio());
    let params = params.ok_or_else(|| job.unsupported("unknown codec"))?;
    check_params(params, job)?;
    let codecs = symphonia::default::get_codecs();
    codecs.make_audio_decoder(params, &AudioDecoderOptions::default()).map_err(|error| match error {
        Error::Unsupported(what) => job.unsupported(what),
        error => job.damaged(&error.to_string()),
    })
}

/// What the head of the file says, before a decoder makes room for it.
fn check_params(params: &AudioCodecParameters, job: &Job<'_>) -> Result<(), AnalysisError> {
    let limits = &job.settings.limits;
    let rate = params.sample_rate.unwrap_or(limits.sample_rate_hz_max);
    let channels = params.channels.as_ref().map_or(1, Channels::count);
    meter::check(rate, channels, limits).map(|_| ())
}

fn refused(error: Error, budget: &Budget, job: &Job<'_>) -> AnalysisError {
    match error {
        Error::IoError(error) if !is_end(&error) && error.kind() != io::ErrorKind::InvalidData => {
            AnalysisError::Io(error)
        }
        Error::Unsupported(what) => job.unsupported(what),
        Error::IoError(_) if budget.has_ended() => job.truncated(),
        error => job.damaged(&error.to_string()),
    }
}

fn is_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}
