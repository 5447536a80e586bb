//! The rules of `docs/architecture.md` that a machine can hold: which crate may use which, who may touch the database,
//! the web and the environment, and under which licences the dependencies come.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a fault here is the failure of a test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

mod circles;
mod licences;

/// Which of our crates each one uses; exactly these.
const ARROWS: &[(&str, &[&str])] = &[
    ("mockly-domain", &[]),
    ("mockly-stomp", &[]),
    ("mockly-sockjs", &[]),
    ("mockly-analysis", &[]),
    ("mockly-migrations", &[]),
    ("mockly-data", &["mockly-domain", "mockly-migrations"]),
    ("mockly-realtime", &["mockly-domain"]),
    ("mockly-service", &["mockly-analysis", "mockly-data", "mockly-domain", "mockly-realtime"]),
    ("mockly-api", &["mockly-domain", "mockly-realtime", "mockly-service", "mockly-sockjs", "mockly-stomp"]),
    ("mockly", &["mockly-api", "mockly-data", "mockly-domain", "mockly-realtime", "mockly-service"]),
    ("mockly-tests", &[]),
    ("mockly-bench", &["mockly-tests"]),
    (
        "mockly-fuzz",
        &[
            "mockly-analysis",
            "mockly-api",
            "mockly-data",
            "mockly-domain",
            "mockly-realtime",
            "mockly-service",
            "mockly-sockjs",
            "mockly-stomp",
        ],
    ),
];

/// What a crate's own tests use beyond that: the edge is tested over the real database.
const ARROWS_OF_TESTS: &[(&str, &[&str])] = &[("mockly-api", &["mockly-data"])];

/// Crates from outside, by the beginning of their names, that only some of ours may use. Tests may look behind.
const RESERVED: &[(&str, &[&str])] = &[
    ("sea-orm", &["mockly-data", "mockly-migrations"]),
    ("sea-query", &["mockly-data", "mockly-migrations"]),
    ("sqlx", &["mockly-data", "mockly-tests", "mockly-bench"]),
    ("actix", &["mockly-api", "mockly"]),
    ("utoipa-", &["mockly-api"]),
    ("livekit", &["mockly-service"]),
    ("redis", &["mockly-service"]),
    ("symphonia", &["mockly-analysis"]),
    ("opus-pure", &["mockly-analysis"]),
    ("config", &["mockly"]),
    ("clap", &["mockly"]),
];

/// The crates that know no clock and no `async`, and no I/O but what a caller hands in.
const PURE: &[&str] = &["mockly-domain", "mockly-stomp", "mockly-sockjs", "mockly-analysis"];

/// What `cargo metadata` says.
struct Workspace {
    metadata: Value,
}

/// A package that something is built from.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Built {
    name: String,
    version: String,
    licence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Normal,
    Test,
}

impl Workspace {
    fn load() -> Self {
        let metadata = cargo(&["metadata", "--format-version=1", "--no-deps"]);
        Self { metadata: serde_json::from_str(&metadata).unwrap() }
    }

    fn root(&self) -> PathBuf {
        text(&self.metadata["workspace_root"]).into()
    }

    fn members(&self) -> impl Iterator<Item = &Value> {
        self.metadata["packages"].as_array().unwrap().iter()
    }
}

/// What is built for any of the systems that releases are for. `cargo metadata` would also name what only features that
/// nobody asked for need, so this is asked of `cargo tree`.
fn built(selection: &[&str], edges: &str) -> BTreeSet<Built> {
    let deny = deny(root());
    let targets = deny["graph"]["targets"].as_array().unwrap().iter().map(|target| target.as_str().unwrap());
    let trees = targets.map(|target| {
        let options = ["tree", "--prefix=none", "--format={p}|{l}", "--target", target, "--edges", edges];
        cargo(&[&options, selection].concat())
    });
    trees.flat_map(|tree| tree.lines().filter_map(Built::parse).collect::<Vec<_>>()).collect()
}

impl Built {
    /// Reads `name v1.2.3 (proc-macro)|MIT`.
    fn parse(line: &str) -> Option<Self> {
        let (package, licence) = line.trim_end_matches(" (*)").split_once('|')?;
        let mut words = package.split(' ').map(str::to_owned);
        Some(Self { name: words.next()?, version: words.next()?, licence: licence.to_owned() })
    }
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).arg("--locked").current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The names of the packages that a manifest names.
fn declared(package: &Value, kind: Kind) -> BTreeSet<&str> {
    let of_tests = |dependency: &Value| dependency["kind"] == "dev";
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    dependencies.filter(|one| of_tests(one) == (kind == Kind::Test)).map(|one| text(&one["name"])).collect()
}

fn ours<'a>(names: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    names.iter().copied().filter(|name| *name == "mockly" || name.starts_with("mockly-")).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn deny(root: &Path) -> toml::Value {
    toml::from_str(&std::fs::read_to_string(root.join("deny.toml")).unwrap()).unwrap()
}

fn look_up<'a>(table: &[(&str, &'a [&'a str])], name: &str) -> Option<&'a [&'a str]> {
    table.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

#[test]
fn arrows_point_as_drawn() {
    let workspace = Workspace::load();
    for member in workspace.members() {
        let name = text(&member["name"]);
        let drawn = look_up(ARROWS, name).unwrap_or_else(|| panic!("{name} is in no row of docs/architecture.md"));
        let drawn: BTreeSet<&str> = drawn.iter().copied().collect();
        assert_eq!(ours(&declared(member, Kind::Normal)), drawn, "what {name} uses is not what is drawn");
        let more: BTreeSet<&str> = look_up(ARROWS_OF_TESTS, name).unwrap_or_default().iter().copied().collect();
        let of_tests: BTreeSet<&str> = ours(&declared(member, Kind::Test)).difference(&drawn).copied().collect();
        assert_eq!(of_tests, more, "what the tests of {name} use is not what is drawn");
    }
}

#[test]
fn database_and_web_stay_where_they_belong() {
    let workspace = Workspace::load();
    for member in workspace.members() {
        let name = text(&member["name"]);
        for dependency in declared(member, Kind::Normal) {
            for (prefix, users) in RESERVED {
                let is_meant = dependency == *prefix || (dependency.starts_with(prefix) && *prefix != "config");
                assert!(!is_meant || users.contains(&name), "{name} uses {dependency}, which only {users:?} may");
            }
        }
    }
}

#[test]
fn pure_crates_reach_no_runtime() {
    let workspace = Workspace::load();
    for name in PURE {
        for package in built(&["--package", name], "normal,build") {
            let is_impure = ["tokio", "actix", "futures", "async", "sea-orm", "mio", "socket2"]
                .iter()
                .any(|prefix| package.name.starts_with(prefix));
            assert!(!is_impure, "{name} is built from {}", package.name);
        }
        let member = workspace.members().find(|member| member["name"] == *name).unwrap();
        let is_runtime = |dependency: &&str| dependency.starts_with("tokio");
        assert_eq!(
            declared(member, Kind::Test).into_iter().find(is_runtime),
            None,
            "the tests of {name} use a runtime"
        );
    }
}

#[test]
fn environment_is_read_in_the_configuration_only() {
    let root = Workspace::load().root();
    let door = root.join("crates/server/src/config");
    let mut files = Vec::new();
    for folder in std::fs::read_dir(root.join("crates")).unwrap() {
        sources(&folder.unwrap().path().join("src"), &mut files);
    }
    sources(&root.join("migrations/src"), &mut files);
    assert!(files.len() > 100, "only {} source files were found", files.len());
    for file in files.iter().filter(|file| !file.starts_with(&door)) {
        let source = std::fs::read_to_string(file).unwrap();
        // A crate's unit tests may have to know where a database is.
        let source = source.split("#[cfg(test)]").next().unwrap();
        for call in ["env::var", "env::vars", "env::set_var", "option_env!"] {
            assert!(!source.contains(call), "{} reads the environment by {call}", file.display());
        }
    }
}

#[test]
fn no_files_need_each_other() {
    let crates = root().join("crates");
    let mut looked_at = 0;
    for folder in std::fs::read_dir(crates).unwrap() {
        let folder = folder.unwrap().path().join("src");
        let mut files = Vec::new();
        sources(&folder, &mut files);
        looked_at += files.len();
        let circles = circles::find(&folder, &files);
        assert!(
            circles.is_empty(),
            "imports of {} that go in a circle, or lead to one: {circles:#?}",
            folder.display()
        );
    }
    assert!(looked_at > 300, "only {looked_at} files were found");
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_name().is_some_and(|name| name != "tests.rs")
        {
            found.push(path);
        }
    }
}

/// Paths in the text are relative to the root, to `crates`, as the map of the code has them, or to `docs`.
#[test]
fn files_named_in_the_architecture_exist() {
    let root = root();
    let mut named = 0;
    for document in ["docs/architecture.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        // What stands between two backquotes is every second piece; fenced blocks hold no single ones.
        for quoted in text.split('`').skip(1).step_by(2) {
            let is_path =
                quoted.contains('/') && !quoted.contains([' ', '{', '<', '*', '\n']) && !quoted.starts_with('/');
            if !is_path {
                continue;
            }
            named += 1;
            let exists = ["", "crates", "docs"].iter().any(|folder| root.join(folder).join(quoted).exists());
            assert!(exists, "{document} names {quoted}, which is not there");
        }
    }
    assert!(named > 20, "only {named} paths were found");
}

#[test]
fn operators_find_every_metric_in_the_docs() {
    let told = std::fs::read_to_string(root().join("docs/operations.md")).unwrap();
    let told: BTreeSet<&str> = told.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let mut files = Vec::new();
    for folder in std::fs::read_dir(root().join("crates")).unwrap() {
        sources(&folder.unwrap().path().join("src"), &mut files);
    }
    let mut counted = BTreeSet::new();
    for file in files {
        let source = std::fs::read_to_string(file).unwrap();
        for call in ["metrics::counter!(", "metrics::gauge!(", "metrics::histogram!("] {
            counted.extend(source.split(call).skip(1).map(|rest| rest.split('"').nth(1).unwrap().to_owned()));
        }
    }
    assert!(counted.len() > 10, "only {counted:?} were found");
    let untold: Vec<_> = counted.iter().filter(|name| !told.contains(name.as_str())).collect();
    assert!(untold.is_empty(), "docs/operations.md does not explain {untold:?}");
}

#[test]
fn manifests_take_what_the_workspace_says() {
    let workspace = Workspace::load();
    for member in workspace.members() {
        let name = text(&member["name"]);
        let manifest: toml::Value =
            toml::from_str(&std::fs::read_to_string(text(&member["manifest_path"])).unwrap()).unwrap();
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{name} has lints of its own");
        for field in ["version", "edition", "rust-version", "license", "publish"] {
            let inherited = manifest["package"].get(field).and_then(|value| value.get("workspace")?.as_bool());
            assert_eq!(inherited, Some(true), "{name} has a {field} of its own");
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(dependencies) = manifest.get(section).and_then(toml::Value::as_table) else { continue };
            for (dependency, value) in dependencies {
                let inherited = value.get("workspace").and_then(toml::Value::as_bool);
                assert_eq!(inherited, Some(true), "{name} takes {dependency} in a version of its own");
            }
        }
    }
}

#[test]
fn licences_are_on_the_list() {
    let rules = licences::Rules::of(&deny(root()));
    let packages = built(&["--workspace"], "normal,build,dev");
    assert!(packages.len() > 200, "only {} packages were found", packages.len());
    let refused: Vec<_> = packages.iter().filter(|package| !rules.allow(&package.name, &package.licence)).collect();
    assert!(refused.is_empty(), "not on the list of deny.toml: {refused:#?}");
}
