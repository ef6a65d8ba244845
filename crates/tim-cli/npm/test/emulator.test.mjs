// The emulator of the helper: settings, calls, faults and reset.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { after, before, beforeEach, test } from "node:test";
import { inspect, promisify } from "node:util";
import { startEmulator } from "tim-cli/test";

let emulator;
before(async () => (emulator = await startEmulator()));
beforeEach(() => emulator.reset());
after(() => emulator.stop());

const USERS = "user\nalice\nbob\n";

/** Makes alice follow bob, and returns the response. */
async function follow() {
  const query = new URLSearchParams({
    sdkappid: emulator.sdkappid,
    identifier: emulator.admin,
    usersig: await emulator.usersig(emulator.admin),
    random: Math.floor(Math.random() * 2 ** 32),
    contenttype: "json",
  });
  const body = JSON.stringify({ From_Account: "alice", FollowItem: [{ To_Account: "bob" }] });
  return (await fetch(`${emulator.baseUrl}/v4/follow/follow_add?${query}`, { method: "POST", body })).json();
}

test("a call is recorded", async () => {
  assert.equal(await emulator.importRecords(USERS), 2);
  assert.equal((await follow()).ResultItem[0].ResultCode, 0);
  const [call] = await emulator.calls({ command: "follow_add", user: "alice", failed: false });
  assert.deepEqual(call.targets, ["bob"]);
  assert.deepEqual(await emulator.calls({ failed: true }), []);
});

test("records are text, bytes or objects", async () => {
  assert.equal(await emulator.importRecords(Buffer.from(USERS)), 2);
  assert.equal(await emulator.importRecords([{ account: { user: "王芳" } }, { follow: { from: "王芳", to: "bob" } }]), 2);
  const { users } = await emulator.request("GET", `users?prefix=${encodeURIComponent("王")}`);
  assert.equal(users.length, 1);
});

test("a fault affects the next call", async () => {
  await emulator.importRecords(USERS);
  const fault = await emulator.fault({ code: 30006, command: "follow_add", next: 1 });
  assert.deepEqual([(await follow()).ErrorCode, (await follow()).ErrorCode], [30006, 0]);
  assert.deepEqual((await emulator.calls()).map((call) => call.faults), [[fault], []]);
});

test("a wait ends with the call", async () => {
  await emulator.importRecords(USERS);
  const start = performance.now();
  const later = new Promise((resolve) => setTimeout(resolve, 300)).then(follow);
  const [call] = await emulator.waitForCalls(1, { command: "follow_add", timeout: 30_000 });
  assert.ok(call.user === "alice" && performance.now() - start < 10_000);
  await later;
});

test("a wait that times out names the calls that did not match", async () => {
  await follow();
  const wait = emulator.waitForCalls(2, { command: "follow_delete", timeout: 50 });
  await assert.rejects(wait, /status 408: .*0 of 2 calls matched.*follow_add/);
});

test("reset restores the start", async () => {
  await emulator.importRecords(USERS);
  await emulator.fault({ code: 30006 });
  await emulator.request("PUT", "rate-limit", { calls_per_second: 1, calls_per_day: 1 });
  await emulator.request("PATCH", "settings", { follow_feature: false });
  await emulator.request("POST", "time", { offset_s: 1000, frozen: true });
  await emulator.request("POST", "webhooks", { url: "http://127.0.0.1:9/" });
  await emulator.request("PUT", "snapshots/a%2Fb%20c");
  await follow();
  await emulator.reset();
  const about = await emulator.request("GET", "");
  const { faults, recorded_calls, snapshots, rate_limit, calls_per_day, frozen } = about;
  assert.deepEqual([faults, recorded_calls, snapshots, rate_limit, calls_per_day, frozen], [0, 0, [], null, null, false]);
  assert.ok(about.totals.accounts === 1 && Math.abs(about.now - Date.now() / 1000) < 60);
  assert.equal((await emulator.request("GET", "settings")).follow_feature, true);
  assert.deepEqual(await emulator.request("GET", "webhooks"), []);
  assert.equal((await follow()).ErrorCode, 30003);
});

test("reset keeps the limits of the start", async () => {
  const other = await startEmulator({ args: ["--calls-per-second", "7", "--window", "sliding", "--admin", "ops"] });
  await other.request("PUT", "rate-limit", {});
  await other.reset();
  const { calls_per_second, window, calls_per_day } = await other.request("GET", "rate-limit");
  assert.deepEqual([calls_per_second, window, calls_per_day, other.admin], [7, "sliding", null, "ops"]);
  await other[Symbol.asyncDispose]();
});

test("a child process gets the settings", async () => {
  await emulator.importRecords(USERS);
  const env = { ...process.env, ...emulator.env };
  const tim = process.env.TIM_BIN ?? "../node_modules/.bin/tim";
  await promisify(execFile)(tim, ["follow", "add", "alice", "bob"], { env });
  assert.equal((await emulator.waitForCalls(1, { command: "follow_add" }))[0].code, 0);
});

test("the key is hidden in texts", () => {
  assert.equal(emulator.secretKey.length, 64);
  const texts = inspect(emulator, { showHidden: true, getters: false, depth: 9 }) + JSON.stringify(emulator);
  assert.ok(texts.includes(emulator.baseUrl) && !texts.includes(emulator.secretKey));
});

test("an invalid request is explained", async () => {
  await assert.rejects(emulator.fault({ kode: 1 }), /POST \/_emulator\/faults failed with status 400: .*kode/);
  await assert.rejects(emulator.usersig(""), /cannot sign a UserSig: /);
});

test("CommonJS can load it", () => {
  assert.equal(createRequire(import.meta.url)("tim-cli/test").startEmulator, startEmulator);
});
