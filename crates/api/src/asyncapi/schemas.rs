//! Schemas of utoipa: gathered with what they refer to, taken apart by message, and sampled.

use std::collections::BTreeMap;

use serde_json::{Error, Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;

/// Where both documents keep schemas.
const COMPONENTS: &str = "#/components/schemas/";

/// The schemas of the OpenAPI document, and those that only this one has.
pub(super) struct Schemas {
    shared: BTreeMap<String, Value>,
    own: BTreeMap<String, Value>,
}

/// One kind of frame, of those that an enum makes.
pub(super) struct Variant {
    /// The value of its tag.
    pub(super) name: String,
    /// What it means.
    pub(super) description: Value,
    /// The whole frame.
    pub(super) frame: Value,
}

impl Schemas {
    pub(super) fn new(openapi: &OpenApi) -> Result<Self, Error> {
        let known = openapi.components.iter().flat_map(|components| &components.schemas);
        let shared = known.map(|(name, schema)| Ok((name.clone(), serde_json::to_value(schema)?)));
        Ok(Self { shared: shared.collect::<Result<_, Error>>()?, own: BTreeMap::new() })
    }

    /// The schema of a type; what it refers to is kept.
    pub(super) fn of<T: ToSchema>(&mut self) -> Result<Value, Error> {
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        for (name, schema) in parts {
            if !self.shared.contains_key(&name) {
                self.own.insert(name, serde_json::to_value(schema)?);
            }
        }
        serde_json::to_value(T::schema())
    }

    /// The frames of an enum whose tag is the member `tag`.
    pub(super) fn variants<T: ToSchema>(&mut self, tag: &str) -> Result<Vec<Variant>, Error> {
        let Value::Array(frames) = self.of::<T>()?["oneOf"].take() else { return Ok(Vec::new()) };
        let variants = frames.into_iter().map(|mut frame| {
            let name = frame["properties"][tag]["enum"][0].as_str().unwrap_or_default().to_owned();
            let description = frame.as_object_mut().and_then(|frame| frame.remove("description"));
            Variant { name, description: description.unwrap_or_default(), frame }
        });
        Ok(variants.collect())
    }

    /// The schemas that this document has for itself.
    pub(super) fn own(&self) -> Value {
        json!(self.own)
    }

    /// Lets every reference to a shared schema lead into the OpenAPI document, which is served and kept beside this one.
    pub(super) fn lead_out(&self, document: &mut Value) {
        match document {
            Value::Object(members) => members.iter_mut().for_each(|(name, member)| match member {
                Value::String(reference) if name == "$ref" => {
                    if reference.strip_prefix(COMPONENTS).is_some_and(|name| self.shared.contains_key(name)) {
                        reference.insert_str(0, "openapi.json");
                    }
                }
                member => self.lead_out(member),
            }),
            Value::Array(items) => items.iter_mut().for_each(|item| self.lead_out(item)),
            _ => {}
        }
    }

    /// A value of a schema: with what may be left out, or without.
    pub(super) fn sample(&self, schema: &Value, full: bool) -> Value {
        self.sample_of("", schema, full)
    }

    fn sample_of(&self, name: &str, schema: &Value, full: bool) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference.strip_prefix(COMPONENTS).unwrap_or_default();
            let schema = self.own.get(target).or_else(|| self.shared.get(target));
            return self.sample_of(name, schema.unwrap_or(&Value::Null), full);
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let samples = parts.iter().map(|part| self.sample_of(name, part, full));
            return samples.filter_map(|sample| sample.as_object().cloned()).flatten().collect::<Map<_, _>>().into();
        }
        let choices = schema["oneOf"].as_array().into_iter().flatten();
        if let Some(choice) = choices.into_iter().find(|choice| choice["type"] != "null") {
            return self.sample_of(name, choice, full);
        }
        if let Some(value) = schema["enum"].get(0) {
            return value.clone();
        }
        match schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default() {
            "object" => self.sample_object(schema, full),
            "array" => {
                let items = schema["minItems"].as_u64().unwrap_or(1);
                (0..items).map(|_| self.sample_of(name, &schema["items"], full)).collect()
            }
            "boolean" => json!(true),
            "integer" if name == "timestamp" => json!(1_768_471_200_000_i64),
            "integer" | "number" => json!(1),
            _ => text_of(name, schema),
        }
    }

    fn sample_object(&self, schema: &Value, full: bool) -> Value {
        let required = schema["required"].as_array();
        let is_required = |name: &str| required.is_some_and(|required| required.iter().any(|known| known == name));
        let properties = schema["properties"].as_object().into_iter().flatten();
        let wanted = properties.filter(|(name, _)| full || is_required(name));
        wanted.map(|(name, schema)| (name.clone(), self.sample_of(name, schema, full))).collect::<Map<_, _>>().into()
    }
}

fn text_of(name: &str, schema: &Value) -> Value {
    json!(match (schema["format"].as_str(), name) {
        (Some("uuid"), _) | (_, "sessionId" | "roomId") => "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
        (Some("date-time"), _) => "2026-01-15T10:00:00Z",
        (_, "clientId" | "userId") => SENDER,
        (_, "displayName" | "userName") => "Ada",
        (_, "chatContent" | "message") => "Hello, everyone!",
        (_, "question") => "How was it?",
        (_, "options" | "text") => "Good",
        (_, "event" | "action") => "raise_hand",
        _ => "1",
    })
}

/// Whose the samples are.
pub(super) const SENDER: &str = "0197c19f-1111-7000-8000-000000000001";
