"use strict";

/** Where the program `tim` of this platform is. */

const { optionalDependencies } = require("../package.json");

/** The package with the program of this platform. */
function packageName() {
  return `@tim-cli/${process.platform}-${process.arch}`;
}

/** Whether this Linux has another C library than glibc, for example Alpine. */
function hasOtherLibc() {
  return process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime;
}

/** Why the package of this platform is missing, and what to do. */
function explain(name) {
  const others = "Build it with Rust instead: cargo install --path crates/tim-cli";
  if (!(name in optionalDependencies)) {
    const known = Object.keys(optionalDependencies).map((known) => known.replace("@tim-cli/", ""));
    return `no program for ${process.platform}-${process.arch}: only for ${known.join(", ")}. ${others}`;
  }
  if (hasOtherLibc()) {
    return `the program for Linux needs glibc 2.17 or later, and this system has another C library. ${others}`;
  }
  return (
    `the package ${name} is not installed. It is an optional dependency of tim-cli: ` +
    "install tim-cli again, without --omit=optional or --no-optional, on this platform. " +
    "To install from files, name the files of both packages in one command"
  );
}

/** The path of the program. Throws an error that explains why it is missing. */
function binaryPath() {
  const name = packageName();
  const file = process.platform === "win32" ? "tim.exe" : "tim";
  try {
    return require.resolve(`${name}/bin/${file}`);
  } catch (error) {
    throw new Error(`cannot find the program tim: ${explain(name)}`, { cause: error });
  }
}

module.exports = { binaryPath };
