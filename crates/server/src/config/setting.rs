//! What is known about one setting.

/// How the text of a setting is read; the reference page says it in these words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Free text, or text with a form that the setting's own sentence names.
    Text,
    /// One of a few words, in any case.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// A whole number.
    Number,
    /// Bytes: `65536`, `64KiB`, `1MiB`, `5GiB`.
    Bytes,
    /// A span of time: `500ms`, `90s`, `10m`, `24h`, `30d`.
    Duration,
    /// `<count>/<s|min|h>`, optionally with `burst <count>`, or `off`.
    Rate,
    /// An absolute URL.
    Url,
    /// Items with commas between them; in the file an array will do.
    List,
}

impl Kind {
    /// How the reference page names it.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
            Self::Switch => "`true` or `false`".to_owned(),
            Self::Number => "number".to_owned(),
            Self::Bytes => "bytes (`65536`, `64KiB`, `1MiB`, `5GiB`)".to_owned(),
            Self::Duration => "duration (`90s`, `10m`, `24h`)".to_owned(),
            Self::Rate => "rate (`10/min`, `50/s burst 100`, `off`)".to_owned(),
            Self::Url => "URL".to_owned(),
            Self::List => "comma-separated list".to_owned(),
        }
    }
}

/// One setting: a row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// The environment variable.
    pub(crate) name: &'static str,
    /// Other variables that are read where `name` is not set, in this order.
    pub(crate) aliases: &'static [&'static str],
    /// Its table in the file.
    pub(crate) section: &'static str,
    /// Its key in that table.
    pub(crate) key: &'static str,
    /// How its text is read.
    pub(crate) kind: Kind,
    /// The text that stands where none is given; `None` where nothing does.
    pub(crate) default: Option<&'static str>,
    /// What happens without a value, where `default` cannot say it.
    pub(crate) otherwise: &'static str,
    /// A value that is shown nowhere.
    pub(crate) secret: bool,
    /// Whether `ENVIRONMENT=production` does not start without it.
    pub(crate) required: bool,
    /// What it does, in full sentences.
    pub(crate) doc: &'static str,
}

impl Setting {
    /// What a row has where it says nothing else.
    pub(super) const BASE: Self = Self {
        name: "",
        aliases: &[],
        section: "",
        key: "",
        kind: Kind::Text,
        default: None,
        otherwise: "not set",
        secret: false,
        required: false,
        doc: "",
    };

    /// Where the merged configuration keeps it.
    pub(crate) fn path(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }
}

/// The settings of one concern.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Section {
    /// The name of its table in the file.
    pub(crate) name: &'static str,
    /// What the settings are about.
    pub(crate) doc: &'static str,
    /// Its rows.
    pub(crate) settings: &'static [&'static Setting],
}
