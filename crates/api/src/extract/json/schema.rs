//! What the OpenAPI schema of a body says about one place in it.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// The schema of a type with all that it refers to, as JSON.
pub(super) struct BodySchema {
    root: Value,
    /// By the references to them.
    parts: HashMap<String, Value>,
}

impl BodySchema {
    pub(super) fn of<T: ToSchema>() -> Self {
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        let json = |schema| serde_json::to_value(schema).unwrap_or_default();
        let parts = parts.into_iter().map(|(name, part)| (format!("#/components/schemas/{name}"), json(part)));
        Self { root: json(T::schema()), parts: parts.collect() }
    }

    /// What a value at the place has to be.
    pub(super) fn demand(&self, place: &[String]) -> String {
        let schema = self.at(place);
        if let Some(known) = schema["enum"].as_array() {
            let known: Vec<&str> = known.iter().filter_map(Value::as_str).collect();
            return format!("must be one of {}", known.join(", "));
        }
        match (kind(schema), schema["format"].as_str()) {
            ("string", Some("date-time")) => mockly_domain::timestamp::InvalidTimestamp.to_string(),
            ("string", Some("uuid")) => mockly_domain::error::InvalidId::NotAUuid.to_string(),
            ("string", _) => "must be a string".to_owned(),
            ("integer", _) => format!("must be a whole number{}", range(schema)),
            ("number", _) => format!("must be a number{}", range(schema)),
            ("boolean", _) => "must be true or false".to_owned(),
            ("array", _) => "must be an array".to_owned(),
            ("object", _) => "must be an object".to_owned(),
            _ => "is not of the type that the API's description gives it".to_owned(),
        }
    }

    /// Some value that can stand at the place, as far as its schema tells; in objects, what is required is missing.
    pub(super) fn sample(&self, place: &[String]) -> Value {
        let schema = self.at(place);
        if let Some(value) = schema["enum"].get(0) {
            return value.clone();
        }
        match (kind(schema), schema["format"].as_str()) {
            ("string", Some("date-time")) => json!("1970-01-01T00:00:00Z"),
            ("string", Some("uuid")) => json!("00000000-0000-0000-0000-000000000000"),
            ("string", _) => json!("a"),
            ("integer" | "number", _) => schema.get("minimum").cloned().unwrap_or_else(|| json!(0)),
            ("boolean", _) => json!(false),
            ("array", _) => json!([]),
            ("object", _) => Value::Object(Map::new()),
            _ => Value::Null,
        }
    }

    /// The schema of the place; null where the root has none for it.
    fn at(&self, place: &[String]) -> &Value {
        place.iter().fold(self.resolve(&self.root), |schema, step| {
            let of_field = &schema["properties"][step];
            let inner =
                if of_field.is_null() { schema.get("items").or(schema.get("additionalProperties")) } else { None };
            self.resolve(inner.unwrap_or(of_field))
        })
    }

    /// Follows references, and what is there beside null, to where the type stands.
    fn resolve<'s>(&'s self, mut schema: &'s Value) -> &'s Value {
        loop {
            let referred = schema["$ref"].as_str().and_then(|name| self.parts.get(name));
            let choices = ["oneOf", "anyOf", "allOf"].iter().find_map(|word| schema[*word].as_array());
            let chosen = choices.and_then(|choices| choices.iter().find(|choice| choice["type"] != "null"));
            match referred.or(chosen) {
                Some(next) => schema = next,
                None => return schema,
            }
        }
    }
}

/// The type, without the null that stands beside it where it may be left out.
fn kind(schema: &Value) -> &str {
    let several = schema["type"].as_array().and_then(|kinds| kinds.iter().find(|kind| *kind != "null"));
    several.unwrap_or(&schema["type"]).as_str().unwrap_or_default()
}

fn range(schema: &Value) -> String {
    match (schema.get("minimum"), schema.get("maximum")) {
        (Some(min), Some(max)) => format!(" from {min} to {max}"),
        (Some(min), None) => format!(" of at least {min}"),
        (None, Some(max)) => format!(" of at most {max}"),
        (None, None) => String::new(),
    }
}
