//! Reads the modules of a crate and what each of them imports, from its tokens.
//!
//! What is under `#[cfg(test)]` is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

use crate::lint::tokens::{self, Tokens};

/// The names of a module and of its parents, from the root of the crate, which has none.
pub(super) type ModulePath = Vec<String>;

/// The modules of a crate.
pub(super) type Modules = BTreeMap<ModulePath, Module>;

#[derive(Default)]
pub(super) struct Module {
    pub(super) file: PathBuf,
    pub(super) paths: Vec<Import>,
    /// The names of `use` declarations of the module itself, not of one of its functions.
    pub(super) names: BTreeMap<String, Vec<String>>,
    pub(super) globs: Vec<Vec<String>>,
    /// The items that are defined here.
    pub(super) items: BTreeSet<String>,
}

impl Module {
    /// Whether something of this name can be imported from the module; children are not counted.
    pub(super) fn defines(&self, name: &str) -> bool {
        self.items.contains(name) || self.names.contains_key(name)
    }
}

/// A path of a `use` declaration, or one that starts with `crate`, `self` or `super` anywhere.
#[derive(Debug, Clone)]
pub(super) struct Import {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

/// Reads the crate whose root is `file`, below `base`.
pub(super) fn read(base: &Path, file: &Path) -> Result<Modules, String> {
    let mut modules = Modules::new();
    let children = file.parent().unwrap_or(Path::new("")).to_owned();
    Reader { modules: &mut modules, base, module: Vec::new(), file: file.to_owned(), children }.file()?;
    Ok(modules)
}

/// Reads a crate that is one file.
#[cfg(test)]
pub(super) fn parse(source: &str) -> Result<Modules, String> {
    let mut modules = Modules::new();
    let base = Path::new("");
    let reader =
        Reader { modules: &mut modules, base, module: Vec::new(), file: "lib.rs".into(), children: base.into() };
    reader.source(source)?;
    Ok(modules)
}

/// Reads one module.
struct Reader<'a> {
    modules: &'a mut Modules,
    /// The folder that the paths of files start from.
    base: &'a Path,
    module: ModulePath,
    file: PathBuf,
    /// The folder of the files of its children.
    children: PathBuf,
}

impl Reader<'_> {
    fn file(self) -> Result<(), String> {
        let source = fs::read_to_string(self.base.join(&self.file));
        let source = source.map_err(|error| format!("{}: {error}", self.file.display()))?;
        self.source(&source)
    }

    fn source(mut self, source: &str) -> Result<(), String> {
        let tokens = tokens::parse(source, &self.file.display().to_string())?;
        self.start();
        self.tokens(tokens, true)
    }

    fn start(&mut self) {
        self.modules.insert(self.module.clone(), Module { file: self.file.clone(), ..Module::default() });
    }

    fn current(&mut self) -> &mut Module {
        self.modules.entry(self.module.clone()).or_default()
    }

    /// `top` is whether the tokens are directly in the module, not in one of its items.
    fn tokens(&mut self, tokens: TokenStream, top: bool) -> Result<(), String> {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => tokens::skip_if_test(&mut tokens),
                TokenTree::Group(group) => self.tokens(group.stream(), false)?,
                TokenTree::Ident(ident) => {
                    let line = ident.span().start().line;
                    match ident.to_string().as_str() {
                        "use" if !next_is_angle(&mut tokens) => self.use_tree(&mut tokens, &[], top),
                        "mod" => self.child(&mut tokens)?,
                        first @ ("crate" | "self" | "super") if tokens::separator_is_next(&mut tokens) => {
                            let mut path = vec![first.to_owned()];
                            path.extend(path_after(&mut tokens));
                            self.current().paths.push(Import { path, line });
                        }
                        "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union" if top => {
                            if let Some(TokenTree::Ident(name)) = tokens.peek() {
                                let name = name.to_string();
                                self.current().items.insert(name);
                            }
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A module, behind the word `mod`.
    fn child(&mut self, tokens: &mut Tokens) -> Result<(), String> {
        let Some(TokenTree::Ident(name)) = tokens.next() else { return Ok(()) };
        let name = name.to_string();
        let module = [&self.module[..], std::slice::from_ref(&name)].concat();
        let children = self.children.join(&name);
        let inline = match tokens.next() {
            Some(TokenTree::Group(inline)) => Some(inline.stream()),
            _ => None,
        };
        let file = match &inline {
            Some(_) => self.file.clone(),
            None => [children.with_extension("rs"), children.join("mod.rs")]
                .into_iter()
                .find(|file| self.base.join(file).exists())
                .ok_or_else(|| format!("{}: the module {name} has no file", self.file.display()))?,
        };
        let mut reader = Reader { modules: self.modules, base: self.base, module, file, children };
        match inline {
            None => reader.file(),
            Some(inline) => {
                reader.start();
                reader.tokens(inline, true)
            }
        }
    }

    /// One tree of a `use` declaration, up to its comma or semicolon. `prefix` is the path before
    /// its braces.
    fn use_tree(&mut self, tokens: &mut Tokens, prefix: &[String], top: bool) {
        let (mut path, mut line, mut name) = (prefix.to_vec(), None, None);
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(word) if word == "as" => name = tokens.next().map(|name| name.to_string()),
                TokenTree::Ident(segment) => {
                    line = Some(segment.span().start().line);
                    // `a::{self}` is `a`.
                    if segment != "self" || path.is_empty() {
                        path.push(segment.to_string());
                    }
                }
                TokenTree::Group(braces) => {
                    let mut trees = braces.stream().into_iter().peekable();
                    while trees.peek().is_some() {
                        self.use_tree(&mut trees, &path, top);
                    }
                    line = None;
                }
                TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => break,
                TokenTree::Punct(punct) if punct.as_char() == '*' => {
                    self.current().globs.push(path.clone());
                    line = Some(punct.span().start().line);
                    name = Some("*".to_owned());
                }
                _ => {}
            }
        }
        let (Some(line), Some(last)) = (line, path.last()) else { return };
        if top {
            let name = name.unwrap_or_else(|| last.clone());
            self.current().names.insert(name, path.clone());
        }
        self.current().paths.push(Import { path, line });
    }
}

/// The segments behind the first one of a path.
fn path_after(tokens: &mut Tokens) -> Vec<String> {
    let mut path = Vec::new();
    while tokens::separator_is_next(tokens) {
        // Both colons.
        tokens.nth(1);
        match tokens.next_if(|token| matches!(token, TokenTree::Ident(_))) {
            Some(segment) => path.push(segment.to_string()),
            None => break,
        }
    }
    path
}

fn next_is_angle(tokens: &mut Tokens) -> bool {
    matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '<')
}
