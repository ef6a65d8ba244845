//! The arguments of the task.

const USAGE: &str = "usage: cargo xtask mutants CRATE [--file PATH | --shard K/N | --since REV]";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options<'a> {
    pub(super) package: &'a str,
    pub(super) part: Part<'a>,
}

/// The mutants that a run tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    All,
    /// Those in files whose path contains this.
    File(&'a str),
    /// Every mutant whose number, divided by the second number, leaves the first minus one.
    Shard(usize, usize),
    /// Those in lines that changed since this revision.
    Since(&'a str),
}

impl<'a> Options<'a> {
    pub(super) fn parse(args: &[&'a str]) -> Result<Self, String> {
        let (package, part) = match *args {
            [package] => (package, Part::All),
            [package, "--file", path] => (package, Part::File(path)),
            [package, "--shard", shard] => (package, parse_shard(shard)?),
            [package, "--since", revision] => (package, Part::Since(revision)),
            _ => return Err(USAGE.to_owned()),
        };
        if package.starts_with('-') { Err(USAGE.to_owned()) } else { Ok(Self { package, part }) }
    }
}

impl Part<'_> {
    /// The mutants of this part.
    pub(super) fn of<T>(self, mutants: Vec<T>, file: impl Fn(&T) -> &str) -> Vec<T> {
        match self {
            Self::File(path) => mutants.into_iter().filter(|mutant| file(mutant).contains(path)).collect(),
            Self::Shard(number, count) => mutants.into_iter().skip(number - 1).step_by(count).collect(),
            Self::All | Self::Since(_) => mutants,
        }
    }
}

fn parse_shard(text: &str) -> Result<Part<'static>, String> {
    let numbers = text.split_once('/').and_then(|(number, count)| Some((number.parse().ok()?, count.parse().ok()?)));
    match numbers {
        Some((number, count)) if 1 <= number && number <= count => Ok(Part::Shard(number, count)),
        _ => Err(format!("`--shard {text}` is not K/N with K from 1 to N, for example 1/4")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 7] = ["a/b.rs", "a/b.rs", "a/b.rs", "b/a.rs", "b/a.rs", "c.rs", "c.rs"];

    fn numbers(part: Part<'_>) -> Vec<usize> {
        part.of((0..FILES.len()).collect(), |number| FILES[*number])
    }

    #[test]
    fn the_shards_together_are_all_mutants() {
        assert_eq!([1, 2, 3].map(|number| numbers(Part::Shard(number, 3))), [vec![0, 3, 6], vec![1, 4], vec![2, 5]]);
    }

    #[test]
    fn a_part_of_a_path_chooses_files() {
        assert_eq!(numbers(Part::File("b/")), [3, 4]);
        assert_eq!(numbers(Part::File("b")).len(), 5);
    }

    #[test]
    fn invalid_arguments_are_errors() {
        let part = |args: &[&'static str]| Options::parse(args).map(|options| options.part);
        assert_eq!(part(&["tim-sig"]), Ok(Part::All));
        assert_eq!(part(&["tim-sig", "--file", "src/sign"]), Ok(Part::File("src/sign")));
        assert_eq!(part(&["tim-sig", "--shard", "2/4"]), Ok(Part::Shard(2, 4)));
        assert_eq!(part(&["tim-sig", "--since", "main"]), Ok(Part::Since("main")));
        for shard in ["0/4", "5/4", "1", "1/0", "a/b", "-1/2", "1/2/3"] {
            let error = part(&["tim-sig", "--shard", shard]).unwrap_err();
            assert!(error.contains(&format!("`--shard {shard}` is not K/N")), "{error}");
        }
        for args in [&[][..], &["--shard", "1/2"], &["--since"], &["tim-sig", "--all"], &["a", "--since"]] {
            assert_eq!(part(args), Err(USAGE.to_owned()), "{args:?}");
        }
    }
}
