//! Where texts come from: defaults, then the file, then the environment, merged by the crate `config`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use config::{Config, ConfigError, File, FileFormat, Map, Source, Value, ValueKind};

use super::fault::Fault;
use super::setting::{Kind, Setting};
use super::table;

/// What a configuration is read from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources {
    /// The file that `--config` names.
    pub(crate) file: Option<PathBuf>,
    /// The variables that the table knows.
    pub(crate) environment: BTreeMap<String, OsString>,
}

impl Sources {
    /// The environment of this process, and a file where one is named.
    ///
    /// This is the one place that reads the environment.
    pub(crate) fn of_process(file: Option<PathBuf>) -> Self {
        let environment = table::all()
            .flat_map(|setting| std::iter::once(setting.name).chain(setting.aliases.iter().copied()))
            .filter_map(|name| Some((name.to_owned(), std::env::var_os(name)?)))
            .collect();
        Self { file, environment }
    }

    /// A given environment and no file.
    #[cfg(test)]
    pub(crate) fn of(environment: &[(&str, &str)]) -> Self {
        let environment = environment.iter().map(|(name, text)| ((*name).to_owned(), text.into())).collect();
        Self { file: None, environment }
    }

    /// Merges everything; what cannot be merged is a fault.
    pub(super) fn merge(&self) -> (BTreeMap<String, Text>, Vec<Fault>) {
        let mut faults = Vec::new();
        let file = self.file.as_deref().map(|path| read_file(path, &mut faults)).unwrap_or_default();
        let environment = read_environment(&self.environment, &mut faults);
        match merge(file, environment) {
            Ok(texts) => (texts, faults),
            Err(error) => {
                faults.push(Fault {
                    setting: "the configuration".to_owned(),
                    problem: "cannot be put together".to_owned(),
                    remedy: error.to_string(),
                });
                (BTreeMap::new(), faults)
            }
        }
    }
}

/// The text of a setting and who gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    /// As it was given, but for the spaces around anything that is no secret.
    pub(super) text: String,
    /// The variable or the key of the file; `None` for a default.
    pub(super) origin: Option<String>,
}

/// Texts by path, as one layer for the crate `config`.
#[derive(Debug, Clone, Default)]
struct Layer(Map<String, Value>);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

impl Layer {
    /// An empty text counts as unset, since compose files and shells write unset variables so.
    fn insert(&mut self, setting: &Setting, origin: &str, text: &str) {
        let text = if setting.secret { text } else { text.trim() };
        if !text.is_empty() {
            self.0.insert(setting.path(), Value::new(Some(&origin.to_owned()), text));
        }
    }
}

fn merge(file: Layer, environment: Layer) -> Result<BTreeMap<String, Text>, ConfigError> {
    let mut builder = Config::builder();
    for setting in table::all() {
        if let Some(default) = setting.default {
            builder = builder.set_default(setting.path(), default)?;
        }
    }
    let merged = builder.add_source(file).add_source(environment).build()?;
    let mut texts = BTreeMap::new();
    for (section, values) in merged.collect()? {
        for (key, value) in values.into_table()? {
            let origin = value.origin().map(str::to_owned);
            texts.insert(format!("{section}.{key}"), Text { text: value.into_string()?, origin });
        }
    }
    Ok(texts)
}

fn read_environment(environment: &BTreeMap<String, OsString>, faults: &mut Vec<Fault>) -> Layer {
    let mut layer = Layer::default();
    for setting in table::all() {
        // The name itself comes last and so goes before its aliases.
        for name in setting.aliases.iter().rev().chain(std::iter::once(&setting.name)) {
            match environment.get(*name).map(|text| text.to_str()) {
                Some(Some(text)) => layer.insert(setting, name, text),
                Some(None) => faults.push(Fault {
                    setting: (*name).to_owned(),
                    problem: "is not UTF-8".to_owned(),
                    remedy: "set it anew".to_owned(),
                }),
                None => {}
            }
        }
    }
    layer
}

fn read_file(path: &Path, faults: &mut Vec<Fault>) -> Layer {
    let name = path.display().to_string();
    let mut fault = |setting: String, problem: &str, remedy: String| {
        faults.push(Fault { setting, problem: problem.to_owned(), remedy });
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            fault(name, "cannot be read", format!("name a TOML file with --config, or leave it out ({error})"));
            return Layer::default();
        }
    };
    let sections = match File::from_str(&text, FileFormat::Toml).collect() {
        Ok(sections) => sections,
        Err(error) => {
            fault(name, "is not TOML", without_excerpt(&error.to_string()));
            return Layer::default();
        }
    };
    let mut layer = Layer::default();
    for (section, value) in sections {
        let Ok(values) = value.into_table() else {
            fault(format!("`{section}` in {name}"), "is unknown", known_sections());
            continue;
        };
        if !table::SECTIONS.iter().any(|known| known.name == section) {
            fault(format!("`[{section}]` in {name}"), "is unknown", known_sections());
            continue;
        }
        for (key, value) in values {
            let origin = format!("`{section}.{key}` in {name}");
            let Some(setting) = table::all().find(|known| known.section == section && known.key == key) else {
                fault(origin, "is unknown", known_keys(&section));
                continue;
            };
            match text_of(setting, value) {
                Some(text) => layer.insert(setting, &origin, &text),
                None => fault(origin, "has a wrong type", format!("give a {}", setting.kind.describe())),
            }
        }
    }
    layer
}

/// The parser's message quotes the line, which may hold a secret: only place and reason are kept.
fn without_excerpt(message: &str) -> String {
    let kept: Vec<_> = message.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains('|')).collect();
    kept.join(", ")
}

fn text_of(setting: &Setting, value: Value) -> Option<String> {
    match value.kind {
        ValueKind::Array(items) if setting.kind == Kind::List => {
            let items: Option<Vec<_>> = items.into_iter().map(|item| item.into_string().ok()).collect();
            items.map(|items| items.join(","))
        }
        ValueKind::Array(_) | ValueKind::Table(_) | ValueKind::Nil => None,
        _ => value.into_string().ok(),
    }
}

fn known_sections() -> String {
    let names: Vec<_> = table::SECTIONS.iter().map(|section| format!("[{}]", section.name)).collect();
    format!("the file has the tables {}", names.join(", "))
}

fn known_keys(section: &str) -> String {
    let keys: Vec<_> = table::all().filter(|setting| setting.section == section).map(|setting| setting.key).collect();
    format!("[{section}] has {}", keys.join(", "))
}
