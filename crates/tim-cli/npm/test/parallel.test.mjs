// The helper in files of tests that run at the same time.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const helper = import.meta.resolve("tim-cli/test");

/** A test that waits until the other one runs, and only then makes its calls. */
const file = (folder, me, other) => `
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmulator } from ${JSON.stringify(helper)};

test("one of two", { timeout: 20_000 }, async () => {
  process.chdir(${JSON.stringify(folder)});
  const emulator = await startEmulator();
  await emulator.importRecords([{ account: { user: "${me}" } }]);
  writeFileSync("${me}", emulator.baseUrl);
  while (!existsSync("${other}")) await sleep(10);
  await emulator.fault({ code: 30006 });
  for (let call = 0; call < 50; call++) {
    await emulator.request("POST", "commands/account_check", { CheckItem: [{ UserID: "${me}" }] });
  }
  const { users } = await emulator.request("GET", "users");
  assert.deepEqual(users.map(({ user }) => user).sort(), ["${me}", "administrator"].sort());
  assert.equal((await emulator.request("GET", "")).faults, 1);
  assert.notEqual(readFileSync("${other}", "utf8"), emulator.baseUrl);
});
`;

test("files have their own emulators", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "tim-parallel-"));
  const files = [["a", "b"], ["b", "a"]].map(([me, other]) => {
    const path = join(folder, `${me}.test.mjs`);
    writeFileSync(path, file(folder, me, other));
    return path;
  });
  // The variable would make the inner run report to this one.
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  const args = ["--test", "--test-concurrency=2", "--test-reporter=tap", ...files];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  assert.match(stdout, /^# pass 2$/m, stdout);
  rmSync(folder, { recursive: true });
});
