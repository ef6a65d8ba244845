// The process of the emulator: which program it is, its start and its end.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmulator } from "tim-cli/test";

const tim = process.env.TIM_BIN;

/** Runs a module in a process of its own, with its errors shown. */
function run(script, env = {}) {
  const args = ["--input-type=module", "--eval", `import { startEmulator } from "tim-cli/test";\n${script}`];
  const stdio = ["ignore", "pipe", "inherit"];
  return spawn(process.execPath, args, { cwd: import.meta.dirname ?? ".", env: { ...process.env, ...env }, stdio });
}

async function withTim(path, action) {
  process.env.TIM_BIN = path;
  try {
    await action();
  } finally {
    delete process.env.TIM_BIN;
    Object.assign(process.env, tim && { TIM_BIN: tim });
  }
}

// The sources have no program; the package has one.
test("a missing program is reported with what to install", { skip: !tim }, () =>
  withTim("", () => assert.rejects(startEmulator(), /cannot start the emulator: cannot find the program tim: .* TIM_BIN/)));

test("a TIM_BIN that is not a program is reported", () =>
  withTim("/missing/tim", () => assert.rejects(startEmulator(), /cannot run \/missing\/tim: .*ENOENT\. Set TIM_BIN/)));

test("another program is reported", () =>
  withTim(process.execPath, () => assert.rejects(startEmulator(), /did not start: .* ended with exit code \d+: .*/)));

test("an invalid argument is reported with the message of the program", () =>
  assert.rejects(startEmulator({ args: ["--bad"] }), /--bad` ended with exit code 2: .*unexpected argument/s));

test("options of another form are reported", async () => {
  await assert.rejects(startEmulator({ arg: ["--seed", "7"] }), /the option arg is unknown\. Write \{ args/);
  await assert.rejects(startEmulator("--seed"), /the option 0 is unknown\. Write \{ args/);
  await assert.rejects(startEmulator({ args: "--seed" }), /args is not an array\. Write \{ args/);
});

test("a stopped emulator is reported", async () => {
  const emulator = await startEmulator();
  await emulator.stop();
  await emulator.stop();
  await assert.rejects(emulator.calls(), /GET \/_emulator\/calls\? failed: .*; the emulator ended with exit code 0/);
});

/** The base URL that the module prints, and whether an emulator is there later. */
async function urlOf(child) {
  const [data] = await once(child.stdout, "data");
  return String(data).trim();
}

async function isGone(url) {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const isThere = await fetch(`${url}/_emulator/health`).then((response) => response.ok, () => false);
    if (!isThere) {
      return true;
    }
    await sleep(10);
  }
  return false;
}

test("a process that does not stop the emulator ends, and the emulator too", { timeout: 20_000 }, async () => {
  const child = run("console.log((await startEmulator()).baseUrl);");
  const exit = once(child, "exit");
  const url = await urlOf(child);
  assert.deepEqual(await exit, [0, null]);
  assert.ok(await isGone(url));
});

test("the emulator ends if its process is killed", { timeout: 20_000 }, async () => {
  const child = run("console.log((await startEmulator()).baseUrl); setInterval(() => {}, 1000);");
  const url = await urlOf(child);
  assert.equal((await fetch(`${url}/_emulator/health`)).status, 200);
  child.kill("SIGKILL");
  assert.ok(await isGone(url));
});

test("the types name each function", async () => {
  const types = readFileSync(new URL("test.d.ts", import.meta.resolve("tim-cli/test")), "utf8");
  const emulator = await startEmulator();
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(emulator)).filter((name) => name !== "constructor");
  assert.ok(names.length > 8);
  for (const name of [...names, ...Object.keys(emulator)]) {
    assert.match(types, new RegExp(`^ +(readonly )?${name}[(:]`, "m"), name);
  }
  await emulator.stop();
});
