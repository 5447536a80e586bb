//! `Accept` (RFC 9110, 12.5.1).

use actix_web::http::header::{self, HeaderMap};

/// The first of `offered` that the caller likes best; `None` where the caller takes none of them.
///
/// Without `Accept` everything is taken. A header that cannot be read counts as none: what it meant is unknown.
pub(crate) fn choose<'a>(headers: &HeaderMap, offered: &[&'a str]) -> Option<&'a str> {
    let lines: Vec<&str> = headers.get_all(header::ACCEPT).filter_map(|line| line.to_str().ok()).collect();
    let ranges: Vec<(&str, f32)> =
        lines.iter().flat_map(|line| line.split(',')).map(str::trim).filter(|r| !r.is_empty()).map(range).collect();
    if ranges.is_empty() {
        return offered.first().copied();
    }
    let mut best: Option<(&str, f32)> = None;
    for offer in offered {
        let quality = quality(&ranges, offer);
        if quality > 0.0 && best.is_none_or(|(_, known)| quality > known) {
            best = Some((offer, quality));
        }
    }
    best.map(|(offer, _)| offer)
}

/// A media range and its weight.
fn range(text: &str) -> (&str, f32) {
    let mut parts = text.split(';').map(str::trim);
    let media_range = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    (media_range, weight.and_then(|weight| weight.parse().ok()).unwrap_or(1.0))
}

/// The weight of the most specific range that covers the offer.
fn quality(ranges: &[(&str, f32)], offer: &str) -> f32 {
    let main = offer.split('/').next().unwrap_or_default();
    let weight_of = |wanted: &str| ranges.iter().find(|(range, _)| range.eq_ignore_ascii_case(wanted)).map(|(_, q)| *q);
    weight_of(offer).or_else(|| weight_of(&format!("{main}/*"))).or_else(|| weight_of("*/*")).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn the_best_liked_offer_wins() {
        let (json, csv) = ("application/json", "text/csv");
        for (accept, expected) in [
            ("*/*", Some(json)),
            ("text/csv", Some(csv)),
            ("text/*", Some(csv)),
            ("application/json;q=0.5, text/csv", Some(csv)),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Some(json)),
            ("application/json;q=0, */*", Some(csv)),
            ("image/png", None),
            ("application/json;q=0", None),
            ("", Some(json)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(choose(&headers, &[json, csv]), expected, "{accept}");
        }
        assert_eq!(choose(&HeaderMap::new(), &[json, csv]), Some(json));
    }
}
