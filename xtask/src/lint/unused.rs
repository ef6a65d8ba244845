//! Each dependency of a crate is used: its name is in a path or an import of the crate's code.
//!
//! A dependency of a library or program is used outside its tests, a dev-dependency anywhere or in
//! an example of the docs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use serde_json::Value;

use super::tokens;
use crate::{Outcome, cargo};

/// Dependencies that are there for the features that they turn on.
const FOR_FEATURES: [(&str, &str); 3] = [
    // Events go to `log`, which the tests capture.
    ("tim-tests", "tracing"),
    // Features of what tim-follow re-exports as `transport`.
    ("tim-tests", "tim-transport"),
    ("tim-backend-tests", "tim-transport"),
];

pub(crate) fn check() -> Outcome {
    let mut problems = Vec::new();
    for package in cargo::packages()? {
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        let (mut code, mut all) = (BTreeSet::new(), BTreeSet::new());
        let targets = package["targets"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_main = |target: &Value| ["lib", "bin"].iter().any(|kind| target["kind"][0] == *kind);
        // The dependencies of a package that consists of tests are for its tests.
        let tests_only = !targets.iter().any(is_main);
        for target in targets {
            let main = Path::new(target["src_path"].as_str().unwrap_or_default());
            let folder = main.parent().unwrap_or(main);
            names_below(folder, Path::new(manifest), true, &mut all)?;
            if tests_only || is_main(target) {
                names_below(folder, Path::new(manifest), tests_only, &mut code)?;
            }
        }
        problems.extend(unused(&package, &code, &all));
    }
    if problems.is_empty() { Ok(()) } else { Err(format!("unused dependencies:\n{}", problems.join("\n"))) }
}

/// The dependencies whose names are not used. `code` has the names without those of tests.
fn unused(package: &Value, code: &BTreeSet<String>, all: &BTreeSet<String>) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let dependencies = package["dependencies"].as_array().into_iter().flatten();
    let unused = dependencies.filter_map(|dependency| {
        let (kind, used) = match dependency["kind"].as_str() {
            None => ("dependency", code),
            Some(kind) => (if kind == "dev" { "dev-dependency" } else { "build-dependency" }, all),
        };
        let on = dependency["rename"].as_str().or(dependency["name"].as_str())?;
        let fine = used.contains(&on.replace('-', "_")) || FOR_FEATURES.contains(&(name, on));
        (!fine).then(|| format!("{name} does not use its {kind} {on}"))
    });
    unused.collect()
}

/// Adds the names in all files of Rust below a folder, without those of other packages.
fn names_below(folder: &Path, manifest: &Path, tests: bool, names: &mut BTreeSet<String>) -> Outcome {
    let problem = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(problem)? {
        let path = entry.map_err(problem)?.path();
        let other = path.join("Cargo.toml");
        if path.is_dir() && (!other.exists() || other == manifest) {
            names_below(&path, manifest, tests, names)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).map_err(problem)?;
            names_in(tokens::parse(&source, &path.display().to_string())?, tests, names);
        }
    }
    Ok(())
}

/// Adds the names that are followed by `::` or are imported; with tests, those in docs too.
fn names_in(source: TokenStream, tests: bool, names: &mut BTreeSet<String>) {
    let mut tokens = source.into_iter().peekable();
    let mut after_use = false;
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '#' && !tests => tokens::skip_if_test(&mut tokens),
            TokenTree::Group(group) => names_in(group.stream(), tests, names),
            TokenTree::Ident(name) if after_use || tokens::separator_is_next(&mut tokens) => {
                names.insert(name.to_string());
            }
            TokenTree::Literal(text) if tests => {
                let text = text.to_string();
                let before =
                    text.split("::").map(|part| part.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next());
                names.extend(before.flatten().map(str::to_owned));
            }
            _ => {}
        }
        after_use = matches!(&token, TokenTree::Ident(name) if name == "use");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(source: &str, tests: bool) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        names_in(source.parse().unwrap(), tests, &mut names);
        names
    }

    #[test]
    fn a_dependency_whose_name_is_nowhere_is_unused() {
        let source = "//! serde_json reads, log::Level tells.\nuse a_b; #[tokio::main] fn f() { c::d(e) }
            #[cfg(test)] mod tests { use proptest::*; }";
        let dependency = |name, kind| json!({"name": name, "rename": null, "kind": kind});
        let package = json!({"name": "x", "dependencies": [
            dependency("a-b", Value::Null), dependency("c", Value::Null), dependency("tokio", Value::Null),
            dependency("e", Value::Null), dependency("proptest", Value::Null), dependency("log", Value::Null),
            dependency("proptest", json!("dev")), dependency("log", json!("dev")), dependency("serde_json", json!("dev")),
            {"name": "c", "rename": "renamed", "kind": null},
        ]});
        let unused = unused(&package, &names(source, false), &names(source, true));
        let expected = [
            "dependency e",
            "dependency proptest",
            "dependency log",
            "dev-dependency serde_json",
            "dependency renamed",
        ];
        assert_eq!(unused, expected.map(|name| format!("x does not use its {name}")));
    }
}
