//! The arguments of the program.

use std::time::Duration;

pub(crate) const USAGE: &str = "\
Usage: cargo xtask simulate [--seeds A..B] [--minutes N] [--seed N]

  --seeds A..B  run the seeds from A to B, without B; 0..10000 by default
  --minutes N   end after N minutes; without --seeds, run seeds until then
  --seed N      run one seed, and print what happens";

/// What to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Options {
    /// One seed, with a trace.
    One(u64),
    Many {
        from: u64,
        to: u64,
        at_most: Option<Duration>,
    },
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Result<Self, String> {
        let (mut seeds, mut minutes, mut seed) = (None, None, None);
        let mut args = args.iter();
        while let Some(name) = args.next() {
            let value = args.next().ok_or_else(|| format!("{name} needs a value"))?;
            let invalid = || format!("{name} {value}: the value is invalid");
            let number = |text: &str| text.parse::<u64>().map_err(|_| invalid());
            match name.as_str() {
                "--seed" => seed = Some(number(value)?),
                "--minutes" => {
                    let some = Some(number(value)?).filter(|minutes| *minutes > 0);
                    minutes = Some(Duration::from_secs(some.ok_or_else(invalid)?.saturating_mul(60)));
                }
                "--seeds" => {
                    let (from, to) = value.split_once("..").ok_or_else(invalid)?;
                    let some = Some((number(from)?, number(to)?)).filter(|(from, to)| from < to);
                    seeds = Some(some.ok_or_else(invalid)?);
                }
                _ => return Err(format!("{name} is not an option")),
            }
        }
        if let Some(seed) = seed {
            return Ok(Self::One(seed));
        }
        let (from, to) = seeds.unwrap_or((0, if minutes.is_some() { u64::MAX } else { 10_000 }));
        Ok(Self::Many { from, to, at_most: minutes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &str) -> Result<Options, String> {
        Options::parse(&args.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_select_seeds_and_time() {
        assert_eq!(parse(""), Ok(Options::Many { from: 0, to: 10_000, at_most: None }));
        assert_eq!(parse("--seeds 5..9"), Ok(Options::Many { from: 5, to: 9, at_most: None }));
        let at_most = Some(Duration::from_secs(120));
        assert_eq!(parse("--minutes 2"), Ok(Options::Many { from: 0, to: u64::MAX, at_most }));
        assert_eq!(parse("--seed 7"), Ok(Options::One(7)));
        for wrong in ["--seed", "--seed x", "--seeds 5", "--seeds 5..x", "--seeds 9..5", "--minutes 0", "--other 1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
