//! The tests that judge the mutants of each crate.

use std::fmt;

/// The sets of tests of one crate. A mutant that survives one set is tested with the next, so
/// quick tests are in the first.
#[derive(Debug)]
pub(super) struct Judges(pub(super) &'static [Judge]);

/// A set of tests, which end within 20 s without a mutant.
#[derive(Debug)]
pub(super) struct Judge {
    /// The package of the tests.
    pub(super) package: &'static str,
    /// The arguments of `cargo test` that choose targets and features.
    pub(super) targets: &'static [&'static str],
    /// The arguments of the test programs, which choose tests.
    pub(super) tests: &'static [&'static str],
}

impl Judges {
    /// The sets of tests for the mutants of `package`.
    pub(super) fn of(package: &str) -> Result<Self, String> {
        let found = JUDGES.iter().find(|(name, _)| *name == package);
        found.map(|(_, judges)| Self(judges)).ok_or_else(|| {
            let names: Vec<&str> = JUDGES.iter().map(|(name, _)| *name).collect();
            format!(
                "no tests are listed for the crate `{package}`: use one of {}, or add it to xtask/src/mutants/judges.rs",
                names.join(", ")
            )
        })
    }
}

impl fmt::Display for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cargo test -p {} {}", self.package, self.targets.join(" "))?;
        if self.tests.is_empty() { Ok(()) } else { write!(f, " -- {}", self.tests.join(" ")) }
    }
}

/// The tests of tim-follow with a transport in memory. Without HTTP and TLS, they are built in half
/// the time.
const FOLLOW_IN_MEMORY: &[&str] = &["--test=it", "--no-default-features", "--features=stream,tracing"];
const FOLLOW: &[&str] = &["--lib", "--test=it", "--features=stream,tracing,redis-tls,ureq"];
const WORKSPACE: &[&str] = &["--test=it"];

/// The tests that take seconds, of which a first run does without.
const SLOW_TESTS: [&str; 4] =
    ["table::", "extremes::a_batch", "server_text::server_texts_are_escaped", "redact::tests::a_long_text"];

const JUDGES: &[(&str, &[Judge])] = &[
    (
        "tim-sig",
        &[
            Judge { package: "tim-sig", targets: &["--lib", "--tests"], tests: &[] },
            Judge { package: "tim-tests", targets: WORKSPACE, tests: &["signatures::"] },
        ],
    ),
    (
        "tim-types",
        &[
            Judge { package: "tim-types", targets: &["--lib", "--tests"], tests: &[] },
            Judge {
                package: "tim-tests",
                targets: WORKSPACE,
                tests: &["roundtrip::", "contract::", "damaged::", "fixtures::", "webhooks::"],
            },
        ],
    ),
    ("tim-webhook", &[Judge { package: "tim-webhook", targets: &["--test=it", "--features=axum,http"], tests: &[] }]),
    (
        "tim-transport",
        &[
            Judge {
                package: "tim-transport",
                targets: &["--lib", "--features=reqwest,ureq,rustls,system-roots,test-util"],
                tests: &[],
            },
            Judge { package: "tim-backend-tests", targets: &[], tests: &[] },
            Judge { package: "tim-tests", targets: WORKSPACE, tests: &["faults::", "https::"] },
        ],
    ),
    (
        "tim-follow",
        &[
            Judge {
                package: "tim-follow",
                targets: FOLLOW_IN_MEMORY,
                tests: &["--skip", SLOW_TESTS[0], "--skip", SLOW_TESTS[1], "--skip", SLOW_TESTS[2]],
            },
            Judge {
                package: "tim-follow",
                targets: FOLLOW,
                tests: &[
                    "--skip",
                    SLOW_TESTS[0],
                    "--skip",
                    SLOW_TESTS[1],
                    "--skip",
                    SLOW_TESTS[2],
                    "--skip",
                    SLOW_TESTS[3],
                ],
            },
            Judge { package: "tim-follow", targets: FOLLOW, tests: &SLOW_TESTS },
            Judge {
                package: "tim-tests",
                targets: WORKSPACE,
                tests: &["agreement::", "contract::", "faults::", "hostile::", "leak::", "streams::"],
            },
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_crate_is_an_error_that_names_the_known_ones() {
        assert!(Judges::of("tim-sig").is_ok());
        let error = Judges::of("tim-sign").unwrap_err();
        assert!(error.contains("`tim-sign`") && error.contains("tim-sig, tim-types"), "{error}");
    }

    #[test]
    fn a_set_of_tests_is_shown_as_the_command_that_runs_it() {
        let judge = Judge { package: "a", targets: &["--lib"], tests: &["b::"] };
        assert_eq!(judge.to_string(), "cargo test -p a --lib -- b::");
    }
}
