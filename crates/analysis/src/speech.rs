//! Which windows are talking, and which gaps between them are pauses.

use crate::{Pause, Settings, Speech};

/// Follows one channel, window by window.
pub(crate) struct Detector {
    rate: u64,
    pause_frames_min: u64,
    pauses_max: usize,
    talk_frames: u64,
    pause_frames: u64,
    /// Where the last window of talking ended.
    talked_until: Option<u64>,
    speech: Speech,
}

impl Detector {
    pub(crate) fn new(rate: u32, settings: &Settings) -> Self {
        let rate = u64::from(rate);
        Self {
            rate,
            pause_frames_min: (u64::from(settings.pause_ms_min) * rate).div_ceil(1000).max(1),
            pauses_max: settings.limits.pauses_max,
            talk_frames: 0,
            pause_frames: 0,
            talked_until: None,
            speech: Speech::default(),
        }
    }

    /// Takes a window of talking. Windows come in order, and those of silence need not be told.
    pub(crate) fn talk(&mut self, start: u64, end: u64) {
        if let Some(until) = self.talked_until {
            let gap = start.saturating_sub(until);
            if gap >= self.pause_frames_min {
                self.pause(until, start);
            } else {
                self.talk_frames += gap;
            }
        }
        self.talk_frames += end.saturating_sub(start);
        self.talked_until = Some(end);
    }

    fn pause(&mut self, start: u64, end: u64) {
        let pause = Pause { start_ms: self.ms(start), end_ms: self.ms(end) };
        self.pause_frames += end - start;
        self.speech.pause_count += 1;
        self.speech.longest_pause_ms = self.speech.longest_pause_ms.max(self.ms(end - start));
        if self.speech.pauses.len() < self.pauses_max {
            self.speech.pauses.push(pause);
        }
    }

    pub(crate) fn finish(self) -> Speech {
        Speech { talk_ms: self.ms(self.talk_frames), pause_ms: self.ms(self.pause_frames), ..self.speech }
    }

    fn ms(&self, frames: u64) -> u64 {
        frames * 1000 / self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detector(pauses_max: usize) -> Detector {
        let mut settings = Settings { pause_ms_min: 500, ..Settings::default() };
        settings.limits.pauses_max = pauses_max;
        Detector::new(1000, &settings)
    }

    #[test]
    fn short_gaps_are_talking_and_long_ones_pauses() {
        let mut detector = detector(10);
        detector.talk(1000, 1020);
        detector.talk(1519, 1539);
        detector.talk(2039, 2059);
        let speech = detector.finish();
        assert_eq!((speech.talk_ms, speech.pause_ms), (539 + 20, 500));
        assert_eq!(speech.pauses, [Pause { start_ms: 1539, end_ms: 2039 }]);
    }

    #[test]
    fn pauses_beyond_the_limit_are_counted_only() {
        let mut detector = detector(2);
        for second in 0..5 {
            detector.talk(second * 1000, second * 1000 + 20);
        }
        let speech = detector.finish();
        assert_eq!((speech.pauses.len(), speech.pause_count, speech.longest_pause_ms), (2, 4, 980));
    }

    #[test]
    fn silence_is_neither() {
        assert_eq!(detector(1).finish(), Speech::default());
    }
}
