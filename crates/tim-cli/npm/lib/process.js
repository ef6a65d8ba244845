"use strict";

/** The process `tim emulator`. */

const { spawn } = require("node:child_process");
const { binaryPath } = require("./binary.js");

const START_MS = 30_000;
const STOP_MS = 10_000;

/** The path of the program: `TIM_BIN`, or that of the package of the platform. */
function findTim() {
  if (process.env.TIM_BIN) {
    return process.env.TIM_BIN;
  }
  try {
    return binaryPath();
  } catch (error) {
    throw new Error(`cannot start the emulator: ${error.message}, and set TIM_BIN to the path of tim`, { cause: error });
  }
}

/** Resolves with the value of the promise, or with undefined after this time. */
function within(ms, promise) {
  let timer;
  const timeout = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}

/** A running emulator. It ends with this process, also if this process is killed. */
class EmulatorProcess {
  #child;
  #ended;
  #messages = "";

  constructor(args) {
    this.command = [findTim(), "emulator", "--quiet", "--until-stdin-closes", ...args];
    this.#child = spawn(this.command[0], this.command.slice(1), { stdio: "pipe", windowsHide: true });
    // The program can end before its input is closed.
    this.#child.stdin.on("error", () => {});
    this.#child.stderr.on("data", (data) => (this.#messages += data));
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => resolve(code === null ? signal : `exit code ${code}`));
    });
    // An error is reported by the first function that waits for the end.
    this.#ended.catch(() => {});
  }

  /** The settings, which the program prints when it is ready. */
  async settings() {
    try {
      const line = await within(START_MS, Promise.race([this.#firstLine(), this.#ended]));
      const settings = JSON.parse(line);
      this.#release();
      return settings;
    } catch (error) {
      if (error instanceof SyntaxError) {
        const state = await this.state();
        await this.stop();
        throw new Error(`the emulator did not start: \`${this.command.join(" ")}\` ${state}`);
      }
      const advice = "Set TIM_BIN to the path of the program tim, or unset it to use the one of the package";
      throw new Error(`cannot run ${this.command[0]}: ${error.message}. ${advice}`, { cause: error });
    }
  }

  #firstLine() {
    let text = "";
    return new Promise((resolve) => {
      this.#child.stdout.on("data", (data) => {
        text += data;
        if (text.includes("\n")) {
          resolve(text.slice(0, text.indexOf("\n")));
        }
      });
    });
  }

  /** A test that does not stop the emulator can end: the end of the pipe stops it. */
  #release() {
    this.#child.unref();
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) {
      stream.unref?.();
    }
  }

  /** Whether the process runs, and its messages. */
  async state() {
    // A process that has closed its connections can need a moment to end.
    const end = await within(500, this.#ended);
    return `${end === undefined ? "is running" : `ended with ${end}`}: ${this.#messages.trim() || "no messages"}`;
  }

  /** Stops the emulator, and waits for its end. Does nothing the second time. */
  async stop() {
    this.#child.ref();
    this.#child.stdin.end();
    if ((await within(STOP_MS, this.#ended)) === undefined) {
      this.#child.kill("SIGKILL");
      await this.#ended;
    }
  }
}

module.exports = { EmulatorProcess };
