//! Which file imports which, within one crate, and whether that goes round in a circle.
//!
//! A file imports another where a `use` or a path in its code names something that the other defines; what a module only
//! hands on by `pub use` is followed to the file that has it. A parent's `mod` is no import, and tests are not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, Meta, UseTree, Visibility};

/// A module's path from the crate's root; empty for the root itself.
type Module = Vec<String>;

/// What one file says.
#[derive(Default)]
struct Said {
    /// Paths that it names, as they stand there.
    paths: Vec<Vec<String>>,
    /// Names that it hands on, and the paths behind them.
    handed_on: BTreeMap<String, Vec<String>>,
}

/// The files of one crate.
struct Files {
    said: BTreeMap<Module, Said>,
}

impl<'ast> Visit<'ast> for Said {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_of_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_handed_on = !matches!(item.vis, Visibility::Inherited);
        let mut found = Vec::new();
        leaves(&item.tree, &mut Vec::new(), &mut found);
        for (name, path) in found {
            if is_handed_on {
                self.handed_on.insert(name, path);
            } else if !is_of_tests(&item.attrs) {
                self.paths.push(path);
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

fn is_of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    })
}

/// Every name that a `use` brings in, and its path.
fn leaves(tree: &UseTree, before: &mut Vec<String>, found: &mut Vec<(String, Vec<String>)>) {
    let with = |name: &str| [before.as_slice(), &[name.to_owned()]].concat();
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            leaves(&path.tree, before, found);
            before.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            found.push((before.last().cloned().unwrap_or_default(), before.clone()));
        }
        UseTree::Name(name) => found.push((name.ident.to_string(), with(&name.ident.to_string()))),
        UseTree::Rename(name) => found.push((name.rename.to_string(), with(&name.ident.to_string()))),
        UseTree::Glob(_) => found.push(("*".to_owned(), with("*"))),
        UseTree::Group(group) => group.items.iter().for_each(|item| leaves(item, before, found)),
    }
}

impl Files {
    fn read(folder: &Path, sources: &[std::path::PathBuf]) -> Self {
        let said = sources.iter().map(|file| {
            let mut said = Said::default();
            said.visit_file(&syn::parse_file(&std::fs::read_to_string(file).unwrap()).unwrap());
            (module_of(file.strip_prefix(folder).unwrap()), said)
        });
        Self { said: said.collect() }
    }

    /// A path as it is seen from the root; `None` where it leads out of the crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module.as_slice(), rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                let base = module.get(..module.len().checked_sub(ups)?)?;
                Some([base, path.get(ups..)?].concat())
            }
            _ => {
                let child = [module.as_slice(), std::slice::from_ref(first)].concat();
                self.said.contains_key(&child).then(|| [module.as_slice(), path].concat())
            }
        }
    }

    /// The file that has what a path from the root names; `None` where the path names a module as a whole.
    fn home(&self, path: &[String], steps: usize) -> Option<Module> {
        let depth =
            (0..=path.len()).rev().find(|depth| path.get(..*depth).is_some_and(|m| self.said.contains_key(m)))?;
        let (module, rest) = path.split_at(depth);
        let name = rest.first()?;
        let behind = self.said.get(module)?.handed_on.get(name);
        match behind.and_then(|behind| self.absolute(&module.to_vec(), behind)) {
            Some(behind) if steps > 0 => self.home(&[behind.as_slice(), rest.get(1..)?].concat(), steps - 1),
            _ => Some(module.to_vec()),
        }
    }

    fn imports(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        let of = |module: &Module, said: &Said| {
            let roots = said.paths.iter().filter_map(|path| self.absolute(module, path));
            roots.filter_map(|path| self.home(&path, 8)).filter(|home| home != module).collect()
        };
        self.said.iter().map(|(module, said)| (module, of(module, said))).collect()
    }
}

/// `room/event.rs` and `room/event/mod.rs` are `room::event`.
fn module_of(file: &Path) -> Module {
    let mut module: Module = file.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if module.last().is_some_and(|name| ["lib", "main", "mod"].contains(&name.as_str())) {
        module.pop();
    }
    module
}

/// The imports that are left when every file goes that imports nothing of those left: what goes in circles, and what
/// stands on it.
pub(crate) fn find(folder: &Path, sources: &[std::path::PathBuf]) -> Vec<String> {
    let files = Files::read(folder, sources);
    let mut left = files.imports();
    loop {
        let remaining: BTreeSet<Module> = left.keys().map(|module| (*module).clone()).collect();
        for imports in left.values_mut() {
            imports.retain(|import| remaining.contains(import));
        }
        let before = left.len();
        left.retain(|_, imports| !imports.is_empty());
        if left.len() == before {
            break;
        }
    }
    let arrow = |module: &Module, import: &Module| format!("{} -> {}", module.join("::"), import.join("::"));
    left.iter().flat_map(|(module, imports)| imports.iter().map(move |import| arrow(module, import))).collect()
}
