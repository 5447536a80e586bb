//! Files as a form sends them.

use serde_json::Value;

use crate::http::{Answer, Request};
use crate::people::Person;

/// Uploads a file to a session.
pub async fn upload(person: &Person, session: &Value, kind: &str, name: &str, media: &str, bytes: &[u8]) -> Answer {
    let head = format!(
        "--xYz\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\n{kind}\r\n--xYz\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {media}\r\n\r\n"
    );
    let body = [head.as_bytes(), bytes, b"\r\n--xYz--\r\n"].concat();
    let path = format!("/api/sessions/{}/artifacts", session["id"].as_str().unwrap_or_default());
    let request = Request::new("POST", path).header("Content-Type", "multipart/form-data; boundary=xYz");
    person.http.send(request.body(body)).await
}

/// A WAV file of 16 bits at 48 kHz; each channel is a list of stretches: seconds, and whether there is a tone.
pub fn wav(channels: &[&[(u32, bool)]]) -> Vec<u8> {
    const RATE: u32 = 48_000;
    let sound = |stretches: &[(u32, bool)]| -> Vec<i16> {
        let samples =
            stretches.iter().flat_map(|(seconds, tone)| std::iter::repeat_n(*tone, (seconds * RATE) as usize));
        // A triangle of 500 Hz at a quarter of full scale, which codecs keep better than a square.
        let level = |(place, tone): (usize, bool)| {
            let at = i16::try_from(place % 96).unwrap_or_default();
            if tone { (at.min(96 - at) - 24) * 340 } else { 0 }
        };
        samples.enumerate().map(level).collect()
    };
    let channels: Vec<Vec<i16>> = channels.iter().map(|stretches| sound(stretches)).collect();
    let count = u16::try_from(channels.len()).unwrap_or_default();
    let samples = (0..channels[0].len()).flat_map(|place| channels.iter().map(move |channel| channel[place]));
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let size = u32::try_from(data.len()).unwrap_or_default();
    let mut file = [b"RIFF".as_slice(), &(36 + size).to_le_bytes(), b"WAVEfmt ", &16_u32.to_le_bytes()].concat();
    file.extend([1_u16.to_le_bytes(), count.to_le_bytes()].concat());
    file.extend([RATE.to_le_bytes(), (RATE * u32::from(count) * 2).to_le_bytes()].concat());
    file.extend([(count * 2).to_le_bytes(), 16_u16.to_le_bytes()].concat());
    file.extend([b"data".as_slice(), &size.to_le_bytes(), &data].concat());
    file
}
