"use strict";

/** An emulator for tests, and its admin API. */

const { execFile } = require("node:child_process");
const { promisify } = require("node:util");
const { EmulatorProcess } = require("./process.js");

const RESET_PARTS = { state: true, faults: true, calls: true, time: true, rate_limit: true, settings: true };

/** Starts an emulator on a free port. `args` are further arguments of `tim emulator`. */
async function startEmulator({ args = [], ...others } = {}) {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined || !Array.isArray(args)) {
    const reason = unknown === undefined ? "args is not an array" : `the option ${unknown} is unknown`;
    throw new TypeError(`cannot start the emulator: ${reason}. Write { args: ["--seed", "7"] }`);
  }
  return Emulator.start(args);
}

/** A running emulator: the settings of a client, and the admin API for tests. */
class Emulator {
  // Private fields are in no text of the object, so a failed test does not print the key.
  #process;
  #secretKey;
  #limits;

  static async start(args) {
    const process = new EmulatorProcess(args);
    const emulator = new Emulator(process, await process.settings());
    const { used_this_second, used_this_day, ...limits } = await emulator.request("GET", "rate-limit");
    emulator.#limits = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== null));
    return emulator;
  }

  constructor(process, settings) {
    this.#process = process;
    this.#secretKey = settings.secret_key;
    this.baseUrl = settings.base_url;
    this.sdkappid = settings.sdkappid;
    this.admin = settings.admin;
  }

  get secretKey() {
    if (this.#secretKey === null) {
      throw new Error("the secret key is in the file of --secret-key-file: read it there");
    }
    return this.#secretKey;
  }

  get env() {
    return {
      TIM_BASE_URL: this.baseUrl,
      TIM_SDKAPPID: String(this.sdkappid),
      TIM_ADMIN: this.admin,
      TIM_SECRET_KEY: this.secretKey,
    };
  }

  async usersig(user, { validity = "1d" } = {}) {
    // Other settings of the environment would compete with those of the emulator.
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith("TIM_"));
    const env = { ...Object.fromEntries(others), ...this.env };
    const args = ["usersig", "sign", "--validity", validity, "--", user];
    try {
      return (await promisify(execFile)(this.#process.command[0], args, { env })).stdout.trim();
    } catch (error) {
      throw new Error(`cannot sign a UserSig: ${(error.stderr || error.message).trim()}`, { cause: error });
    }
  }

  async reset() {
    await this.request("POST", "reset", RESET_PARTS);
    await this.request("PUT", "rate-limit", this.#limits);
    await this.request("DELETE", "webhooks/deliveries");
    for (const { name } of await this.request("GET", "snapshots")) {
      await this.request("DELETE", `snapshots/${encodeURIComponent(name)}`);
    }
  }

  async importRecords(records) {
    const isText = typeof records === "string" || records instanceof Uint8Array;
    const body = isText ? records : Array.from(records, (record) => `${JSON.stringify(record)}\n`).join("");
    return (await this.#send("POST", "import", body)).lines;
  }

  async fault(fault) {
    return (await this.request("POST", "faults", fault)).id;
  }

  async calls(filters = {}) {
    return this.request("GET", `calls?${query(filters)}`);
  }

  async waitForCalls(count = 1, { timeout = 5000, ...filters } = {}) {
    return this.request("GET", `calls/wait?${query({ ...filters, count, timeout_ms: timeout })}`);
  }

  async request(method, route, body) {
    return this.#send(method, route, body === undefined ? undefined : JSON.stringify(body));
  }

  async stop() {
    await this.#process.stop();
  }

  async #send(method, route, body) {
    const what = `${method} /_emulator/${route}`;
    let response, text;
    try {
      response = await fetch(`${this.baseUrl}/_emulator/${route}`, { method, body });
      text = await response.text();
    } catch (error) {
      const reason = error.cause?.message ?? error.message;
      throw new Error(`${what} failed: ${reason}; the emulator ${await this.#process.state()}`, { cause: error });
    }
    if (!response.ok) {
      throw new Error(`${what} failed with status ${response.status}: ${reasonOf(text)}`);
    }
    return text === "" ? undefined : JSON.parse(text);
  }
}

// Node.js 18.18 and later.
if (Symbol.asyncDispose) {
  Emulator.prototype[Symbol.asyncDispose] = Emulator.prototype.stop;
}

function reasonOf(text) {
  try {
    return JSON.parse(text).error;
  } catch {
    return text;
  }
}

/** The filters that have a value, as a query. */
function query(filters) {
  return new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== undefined && value !== null));
}

module.exports = { startEmulator };
