//! No two modules import each other, directly or in a circle. A parent and its child may.
//!
//! A module counts with its children: if `a::x` imports `b`, then `a` does. So the modules of one
//! parent can be put in an order in which each one imports only those before it, and can be read in
//! this order.

mod source;

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use source::{ModulePath, Modules};

use crate::{Outcome, cargo};

/// The crates that are checked: the folder below `crates`, and the file of its root.
const CRATES: [(&str, &str); 7] = [
    ("tim-types", "lib.rs"),
    ("tim-sig", "lib.rs"),
    ("tim-transport", "lib.rs"),
    ("tim-follow", "lib.rs"),
    ("tim-webhook", "lib.rs"),
    ("tim-emulator", "lib.rs"),
    ("tim-cli", "lib.rs"),
];

pub(crate) fn check() -> Outcome {
    let root = cargo::root();
    let mut problems = Vec::new();
    for (name, file) in CRATES {
        let modules = source::read(&root, &Path::new("crates").join(name).join("src").join(file))?;
        let circles = circles(&modules);
        let problem =
            |(circle, imports): (&String, &Vec<String>)| format!("{name}: {circle}\n    {}", imports.join("\n    "));
        problems.extend(circles.iter().map(problem));
    }
    if problems.is_empty() { Ok(()) } else { Err(format!("modules that import each other:\n{}", problems.join("\n"))) }
}

/// Circles by their modules, with a line for each import.
type Circles = BTreeMap<String, Vec<String>>;

/// Which module imports which, with the file and line of one such import. Both have the same
/// parent.
type Edges = BTreeMap<ModulePath, BTreeMap<ModulePath, String>>;

/// The shortest circle through each module that is in one.
fn circles(modules: &Modules) -> Circles {
    let edges = edges(modules);
    edges.keys().filter_map(|module| circle(&edges, module)).map(|circle| describe(&edges, &circle)).collect()
}

fn edges(modules: &Modules) -> Edges {
    let mut edges = Edges::new();
    for (from, module) in modules {
        for import in &module.paths {
            let Some(to) = resolve(modules, from, &import.path, MAX_STEPS) else { continue };
            let shared = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
            // Otherwise one is in the other.
            if let (Some(a), Some(b)) = (from.get(..=shared), to.get(..=shared)) {
                let place = format!("{}:{}", module.file.display(), import.line);
                edges.entry(a.to_vec()).or_default().entry(b.to_vec()).or_insert(place);
            }
        }
    }
    edges
}

/// Re-exports that are followed; more are a circle of re-exports.
const MAX_STEPS: usize = 32;

/// The module that defines what `path` names in the module `from`; none if it is in another crate.
fn resolve(modules: &Modules, from: &[String], path: &[String], steps: usize) -> Option<ModulePath> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => lookup(modules, &[], rest, steps),
        "self" => lookup(modules, from, rest, steps),
        "super" => {
            let (_, parent) = from.split_last()?;
            // The path goes on from the parent as from `self`, and may name its parent.
            match rest.first().map(String::as_str) {
                Some("super") => resolve(modules, parent, rest, steps),
                _ => lookup(modules, parent, rest, steps),
            }
        }
        _ => {
            let module = modules.get(from)?;
            let known = modules.contains_key(&child(from, first)) || module.names.contains_key(first);
            if known { lookup(modules, from, path, steps) } else { None }
        }
    }
}

/// The same for a path that starts in a module.
fn lookup(modules: &Modules, at: &[String], path: &[String], steps: usize) -> Option<ModulePath> {
    let Some((name, rest)) = path.split_first() else { return Some(at.to_vec()) };
    let inner = child(at, name);
    if modules.contains_key(&inner) {
        return lookup(modules, &inner, rest, steps);
    }
    let module = modules.get(at)?;
    let steps = steps.checked_sub(1)?;
    if let Some(target) = module.names.get(name).filter(|target| **target != [name.clone()]) {
        return lookup(modules, &resolve(modules, at, target, steps)?, rest, steps);
    }
    if !module.items.contains(name) {
        for glob in &module.globs {
            let Some(target) = resolve(modules, at, glob, steps) else { continue };
            let defines = modules.get(&target).is_some_and(|module| module.defines(name));
            if defines || modules.contains_key(&child(&target, name)) {
                return lookup(modules, &target, path, steps);
            }
        }
    }
    Some(at.to_vec())
}

fn child(module: &[String], name: &str) -> ModulePath {
    [module, &[name.to_owned()]].concat()
}

/// The shortest circle through a module, which starts with the module whose name is first.
fn circle(edges: &Edges, start: &ModulePath) -> Option<Vec<ModulePath>> {
    let mut before: BTreeMap<&ModulePath, &ModulePath> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(module) = queue.pop_front() {
        for next in edges.get(module).into_iter().flat_map(BTreeMap::keys) {
            if before.contains_key(next) {
                continue;
            }
            before.insert(next, module);
            if next != start {
                queue.push_back(next);
                continue;
            }
            let mut circle = vec![start.clone()];
            let mut at = module;
            while at != start {
                circle.push(at.clone());
                at = before.get(at)?;
            }
            circle.reverse();
            let first = circle.iter().enumerate().min_by_key(|(_, module)| *module).map_or(0, |(at, _)| at);
            circle.rotate_left(first);
            return Some(circle);
        }
    }
    None
}

fn describe(edges: &Edges, circle: &[ModulePath]) -> (String, Vec<String>) {
    let names: Vec<String> = circle.iter().chain(circle.first()).map(|module| module.join("::")).collect();
    let imports = circle.iter().zip(circle.iter().cycle().skip(1)).filter_map(|(from, to)| {
        let place = edges.get(from)?.get(to)?;
        Some(format!("{place}: {} imports {}", from.join("::"), to.join("::")))
    });
    (names.join(" -> "), imports.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Circles {
        circles(&source::parse(source).unwrap())
    }

    #[test]
    fn two_modules_that_import_each_other_are_a_circle() {
        let circles = found("mod a { use crate::b::B; }\nmod b {\n use crate::a;\n pub struct B; }");
        assert_eq!(circles["a -> b -> a"], ["lib.rs:1: a imports b", "lib.rs:3: b imports a"]);
    }

    #[test]
    fn a_circle_may_be_longer_and_deeper() {
        let source = "mod top { mod a { use super::b::{self, B}; } mod b { fn f() { crate::top::c::C } pub struct B; }
            mod c { fn f(x: super::a::A) {} } }";
        let circle = "top::a -> top::b -> top::c -> top::a";
        assert_eq!(found(source).into_keys().collect::<Vec<_>>(), [circle]);
        let source = "mod a { use super::b::B; } mod b { use super::c::C as D; } mod c { fn f() { m!(crate::a::A) } }";
        assert_eq!(found(source).into_keys().collect::<Vec<_>>(), ["a -> b -> c -> a"]);
    }

    #[test]
    fn a_re_export_is_where_it_leads() {
        let root = "pub use a::A; pub use b::*; pub use other::{C, self as d};";
        let source = format!("{root} mod a {{ use crate::B; pub struct A; }} mod b {{ use crate::A; pub struct B; }}");
        assert_eq!(found(&source).into_keys().collect::<Vec<_>>(), ["a -> b -> a"]);
        let source = format!("{root} mod a {{ use crate::{{C, d}}; pub struct A; }} mod b {{ use crate::A; }}");
        assert!(found(&source).is_empty());
    }

    #[test]
    fn a_module_counts_with_its_children() {
        let source = "mod a { mod x { use crate::b::B; } pub struct A; } mod b { use crate::a::A; pub struct B; }";
        assert_eq!(found(source).into_keys().collect::<Vec<_>>(), ["a -> b -> a"]);
    }

    #[test]
    fn parents_tests_and_other_crates_are_no_circle() {
        let source = "mod a { mod x { use super::A; use crate::a::y; pub struct X; } mod y {} use x::X; pub struct A; }
            mod b { #[cfg(test)] mod tests { use crate::c::C; } #[cfg(test)] fn t() { crate::c::t() } use c::C; }
            mod c { use crate::b::B; fn f(self: Self) { self.b } pub(in crate::c) struct C; }";
        assert!(found(source).is_empty(), "{:?}", found(source));
    }
}
