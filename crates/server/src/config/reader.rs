//! Reading typed values row by row, while every fault is gathered.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::fault::{Fault, Faults};
use super::secret::{Secret, weakness};
use super::setting::Setting;
use super::source::{Sources, Text};
use super::{table, value};

/// Reads settings. A faulty one is noted and its neutral value handed out, so that the next can be read too; nothing
/// read is used before [`Reader::finish`] says that there was no fault.
#[derive(Debug)]
pub(super) struct Reader {
    texts: BTreeMap<String, Text>,
    faults: Vec<Fault>,
    production: bool,
}

impl Reader {
    /// Merges the sources and finds out whether this is production.
    pub(super) fn new(sources: &Sources) -> Self {
        let (texts, faults) = sources.merge();
        let mut reader = Self { texts, faults, production: true };
        reader.production = reader.choice(&table::ENVIRONMENT).as_deref() != Some("development");
        reader
    }

    /// Whether weak settings are refused.
    pub(super) fn production(&self) -> bool {
        self.production
    }

    /// `value`, unless anything was wrong.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Faults> {
        if self.faults.is_empty() { Ok(value) } else { Err(Faults(self.faults)) }
    }

    /// Whether anything was wrong so far.
    pub(super) fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// Notes what is wrong with a setting.
    pub(super) fn fault(&mut self, setting: &Setting, problem: impl Into<String>, remedy: impl Into<String>) {
        let setting = self.origin(setting);
        self.faults.push(Fault { setting, problem: problem.into(), remedy: remedy.into() });
    }

    /// Whether somebody gave a value.
    pub(super) fn is_given(&self, setting: &Setting) -> bool {
        self.texts.get(&setting.path()).is_some_and(|text| text.origin.is_some())
    }

    /// The setting by the name under which it was given.
    pub(super) fn origin(&self, setting: &Setting) -> String {
        let origin = self.texts.get(&setting.path()).and_then(|text| text.origin.clone());
        origin.unwrap_or_else(|| setting.name.to_owned())
    }

    /// The text, given or default.
    pub(super) fn text(&self, setting: &Setting) -> Option<String> {
        self.texts.get(&setting.path()).map(|text| text.text.clone())
    }

    /// The text through `parse`, whose error is the remedy.
    pub(super) fn parse<T>(&mut self, setting: &Setting, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(setting)?;
        parse(&text)
            .map_err(|remedy| {
                let problem = if setting.secret { "has a wrong form".to_owned() } else { format!("is {text:?}") };
                self.fault(setting, problem, remedy);
            })
            .ok()
    }

    /// One of the words of a [`Kind::Choice`](super::setting::Kind::Choice), in lower case.
    pub(super) fn choice(&mut self, setting: &Setting) -> Option<String> {
        let super::setting::Kind::Choice(words) = setting.kind else { return None };
        self.parse(setting, |text| {
            let text = text.to_lowercase();
            if words.contains(&text.as_str()) { Ok(text) } else { Err(format!("give {}", setting.kind.describe())) }
        })
    }

    /// A switch.
    pub(super) fn switch(&mut self, setting: &Setting) -> Option<bool> {
        self.parse(setting, |text| match text.to_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err("give `true` or `false`".to_owned()),
        })
    }

    /// A whole number within bounds.
    pub(super) fn number(&mut self, setting: &Setting, bounds: RangeInclusive<u32>) -> Option<u32> {
        self.parse(setting, |text| {
            let number = text.parse().ok().filter(|number| bounds.contains(number));
            number.ok_or_else(|| format!("give a whole number from {} to {}", bounds.start(), bounds.end()))
        })
    }

    /// A number of bytes within bounds.
    pub(super) fn bytes(&mut self, setting: &Setting, bounds: RangeInclusive<usize>) -> usize {
        let parsed = self.parse(setting, |text| {
            let bytes = value::bytes(text)?;
            let bytes = usize::try_from(bytes).ok().filter(|bytes| bounds.contains(bytes));
            bytes.ok_or_else(|| format!("give from {} to {} bytes", bounds.start(), bounds.end()))
        });
        parsed.unwrap_or_default()
    }

    /// A duration within bounds.
    pub(super) fn duration(&mut self, setting: &Setting, bounds: RangeInclusive<Duration>) -> Duration {
        let parsed = self.parse(setting, |text| {
            let duration = value::duration(text)?;
            let (least, most) = (value::duration_text(*bounds.start()), value::duration_text(*bounds.end()));
            if bounds.contains(&duration) { Ok(duration) } else { Err(format!("give from {least} to {most}")) }
        });
        parsed.unwrap_or_default()
    }

    /// A rate.
    pub(super) fn rate(&mut self, setting: &Setting) -> value::Rate {
        self.parse(setting, value::rate).unwrap_or(value::Rate::OFF)
    }

    /// A secret; in production a missing required one and a weak one are faults.
    pub(super) fn secret(&mut self, setting: &Setting) -> Option<Secret> {
        let remedy = "make one with `openssl rand -hex 32`";
        let Some(text) = self.text(setting) else {
            if setting.required && self.production {
                self.fault(setting, "is missing and ENVIRONMENT is production", remedy);
            }
            return None;
        };
        if let Some(weakness) = weakness(&text).filter(|_| self.production) {
            self.fault(setting, weakness, format!("{remedy}, or set ENVIRONMENT=development for a trial"));
        }
        Some(Secret::new(text))
    }
}
