//! SPDX licence expressions (SPDX 2.3, annex D), as far as crates use them, against the list of `deny.toml`.

use std::collections::BTreeMap;

/// What is allowed everywhere, and what else in single crates.
pub(crate) struct Rules {
    allowed: Vec<String>,
    exceptions: BTreeMap<String, Vec<String>>,
}

impl Rules {
    pub(crate) fn of(deny: &toml::Value) -> Self {
        let section = &deny["licenses"];
        let exceptions = section["exceptions"].as_array().unwrap().iter();
        Self {
            allowed: texts(&section["allow"]),
            exceptions: exceptions
                .map(|exception| (exception["crate"].as_str().unwrap().to_owned(), texts(&exception["allow"])))
                .collect(),
        }
    }

    /// Whether the crate may come in under one of the choices that its expression leaves.
    pub(crate) fn allow(&self, name: &str, expression: &str) -> bool {
        let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let more = self.exceptions.get(name).map(Vec::as_slice).unwrap_or_default();
        let is_allowed = |licence: &str| self.allowed.iter().chain(more).any(|allowed| allowed == licence);
        let mut rest = words.as_slice();
        let answer = either(&mut rest, &is_allowed);
        answer && rest.is_empty()
    }
}

/// `OR` binds less than `AND`.
fn either(words: &mut &[&str], is_allowed: &impl Fn(&str) -> bool) -> bool {
    let mut answer = both(words, is_allowed);
    while let Some(("OR", rest)) = words.split_first().map(|(word, rest)| (*word, rest)) {
        *words = rest;
        answer |= both(words, is_allowed);
    }
    answer
}

fn both(words: &mut &[&str], is_allowed: &impl Fn(&str) -> bool) -> bool {
    let mut answer = one(words, is_allowed);
    while let Some(("AND", rest)) = words.split_first().map(|(word, rest)| (*word, rest)) {
        *words = rest;
        answer &= one(words, is_allowed);
    }
    answer
}

fn one(words: &mut &[&str], is_allowed: &impl Fn(&str) -> bool) -> bool {
    let Some((word, rest)) = words.split_first() else { return false };
    *words = rest;
    if *word == "(" {
        let answer = either(words, is_allowed);
        let Some((&")", rest)) = words.split_first() else { return false };
        *words = rest;
        return answer;
    }
    // An exception only gives more rights than the licence it stands beside.
    if let Some(("WITH", [_exception, rest @ ..])) = words.split_first().map(|(word, rest)| (*word, rest)) {
        *words = rest;
    }
    is_allowed(word)
}

fn texts(list: &toml::Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn expressions_are_read() {
    let allowed = ["MIT", "Apache-2.0"].map(str::to_owned).to_vec();
    let exceptions = BTreeMap::from([("special".to_owned(), vec!["MPL-2.0".to_owned()])]);
    let rules = Rules { allowed, exceptions };
    for good in ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "(MIT OR X) AND Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
    {
        assert!(rules.allow("crate", good), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "MPL-2.0", "(MIT", "MIT Apache-2.0", "GPL-3.0 WITH MIT"] {
        assert!(!rules.allow("crate", bad), "{bad}");
    }
    assert!(rules.allow("special", "MPL-2.0"));
}
