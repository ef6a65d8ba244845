#!/usr/bin/env node
"use strict";

/** Runs the program `tim` with the same arguments, input and output. */

const { spawn } = require("node:child_process");
const { closeSync, readFileSync } = require("node:fs");
const { constants } = require("node:os");
const { binaryPath } = require("../lib/binary.js");

/** As shells report a command that cannot be executed. */
const CANNOT_EXECUTE = 126;
/** As shells report a command that is not found. */
const NOT_FOUND = 127;

function fail(code, message) {
  process.stderr.write(`tim: ${message}\n`);
  process.exit(code);
}

/**
 * Whether this process is in the foreground of a terminal, which sends Ctrl-C to all processes
 * there.
 */
function isInForeground() {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    // The fields after the name, which can contain blanks: state, parent, group, session, terminal,
    // foreground group.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[2] === fields[5];
  } catch {
    // Not Linux.
    return [0, 1, 2].some((fd) => require("node:tty").isatty(fd));
  }
}

function run(path) {
  const child = spawn(path, process.argv.slice(2), { stdio: "inherit" });
  const listeners = {
    // A second SIGINT ends `tim` at once, so the one of the terminal is not passed on.
    SIGINT: () => isInForeground() || child.kill("SIGINT"),
    SIGTERM: () => child.kill("SIGTERM"),
    SIGHUP: () => child.kill("SIGHUP"),
  };
  for (const [signal, listener] of Object.entries(listeners)) {
    process.on(signal, listener);
  }
  child.on("error", (error) => fail(CANNOT_EXECUTE, `cannot run ${path}: ${error.message}`));
  // `eval "$(tim emulator --env &)"` waits until all processes have closed the output. The emulator
  // does so when its settings are written, and this process writes nothing.
  closeSync(1);
  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exit(code);
    }
    // Ends with the same signal, so that the parent sees it.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // The default action of some signals is not to end.
    setTimeout(() => process.exit(128 + constants.signals[signal]), 1000);
  });
}

let path;
try {
  path = binaryPath();
} catch (error) {
  fail(NOT_FOUND, error.message);
}
run(path);
