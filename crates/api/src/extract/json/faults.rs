//! Everything that is wrong with a body that its type refused.
//!
//! A parser stops at the first fault. So that place is mended, without a word of its own, and the body is read again, until
//! nothing new comes; then the rules of the type have their say about what was given. What a place should have been, its
//! OpenAPI schema knows: the texts can name the bounds, need no Rust words, and hold for every body that has a schema.

use mockly_domain::FieldError;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;
use utoipa::ToSchema;
use validator::Validate;

use super::schema::BodySchema;
use crate::validate;

/// Reading a body again for each of its faults has to end somewhere.
const FAULTS_MAX: usize = 50;

/// How serde begins what it says in its own words. All else comes from our own types, in ours.
const SERDE_WORDS: [&str; 4] = ["invalid type", "invalid value", "invalid length", "unknown variant"];

/// A parser's error.
type Refusal = serde_path_to_error::Error<serde_json::Error>;

/// The faults of a body, in the order of their fields.
pub(super) fn faults_of<T: DeserializeOwned + Validate + ToSchema>(
    mut body: Value,
    first: &Refusal,
) -> Vec<FieldError> {
    let schema = BodySchema::of::<T>();
    let mut faults = Faults::default();
    // The only fault that a parsed body does not show any more.
    if let (place, Kind::Repeated) = read(first) {
        faults.note(&place, "must be given only once");
    }
    while faults.list.len() < FAULTS_MAX {
        let refusal = match serde_path_to_error::deserialize::<_, T>(&body) {
            Ok(value) => {
                let rules = value.validate().err();
                faults.note_rules(rules.iter().flat_map(validate::field_errors));
                break;
            }
            Err(refusal) => refusal,
        };
        let (place, kind) = read(&refusal);
        let is_new = match kind {
            Kind::Missing => faults.note(&place, "must be given"),
            Kind::Repeated => false,
            Kind::Wrong(message) if SERDE_WORDS.iter().any(|words| message.starts_with(words)) => {
                faults.note(&place, schema.demand(&place))
            }
            Kind::Wrong(message) => faults.note(&place, message),
        };
        if !faults.mend(&mut body, &place, is_new, &schema) {
            break;
        }
    }
    faults.list.sort_by(|a, b| a.field.cmp(&b.field));
    faults.list
}

#[derive(Default)]
struct Faults {
    list: Vec<FieldError>,
    /// Places that have something in them that nobody sent.
    filled: Vec<Vec<String>>,
}

impl Faults {
    /// Notes a fault, unless there is one already at the place or around it; whether it was noted.
    fn note(&mut self, place: &[String], message: impl Into<String>) -> bool {
        let field = place.join(".");
        let is_new = !self.covers(&field);
        if is_new {
            self.list.push(FieldError::new(field, message));
        }
        is_new
    }

    /// Notes the faults of a mended body's rules, but those of what was mended.
    fn note_rules(&mut self, faults: impl Iterator<Item = FieldError>) {
        let own: Vec<FieldError> = faults.filter(|fault| !self.covers(&fault.field)).collect();
        self.list.extend(own);
    }

    fn covers(&self, field: &str) -> bool {
        self.list.iter().any(|fault| {
            field.strip_prefix(fault.field.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// Takes a fault out of the body: leaves the field out or, where that will not do, fills in something that fits.
    /// `false` where neither helped.
    fn mend(&mut self, body: &mut Value, place: &[String], is_new: bool, schema: &BodySchema) -> bool {
        let Some((last, around)) = place.split_last() else { return false };
        let mut parent = body;
        for step in around {
            let Some(inner) = child(parent, step) else { return false };
            parent = inner;
        }
        if is_new
            && let Value::Object(fields) = parent
            && fields.remove(last).is_some()
        {
            return true;
        }
        if self.filled.iter().any(|filled| filled == place) {
            return false;
        }
        self.filled.push(place.to_vec());
        if let Value::Object(fields) = parent {
            fields.insert(last.clone(), schema.sample(place));
            return true;
        }
        match child(parent, last) {
            Some(item) => {
                *item = schema.sample(place);
                true
            }
            None => false,
        }
    }
}

fn child<'v>(value: &'v mut Value, step: &str) -> Option<&'v mut Value> {
    match value {
        Value::Object(fields) => fields.get_mut(step),
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    }
}

enum Kind {
    Missing,
    Repeated,
    Wrong(String),
}

/// Where a refusal is and what it says. What is missing or repeated is reported at its parent.
fn read(refusal: &Refusal) -> (Vec<String>, Kind) {
    let steps = refusal.path().iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    let mut place: Vec<String> = steps.collect();
    let message = refusal.inner().to_string();
    for (start, kind) in [("missing field `", Kind::Missing), ("duplicate field `", Kind::Repeated)] {
        if let Some((name, _)) = message.strip_prefix(start).and_then(|rest| rest.split_once('`')) {
            if place.last().is_none_or(|last| last != name) {
                place.push(name.to_owned());
            }
            return (place, kind);
        }
    }
    (place, Kind::Wrong(message))
}
