/// <reference lib="esnext.disposable" />

/** A user id, a code and so on: the filters of the calls in the admin API of the emulator. */
export interface CallFilters {
  command?: string;
  user?: string;
  target?: string;
  code?: number;
  failed?: boolean;
  fault?: number;
  text?: string;
  since_ms?: number;
  until_ms?: number;
  after?: number;
  before?: number;
  last?: number;
}

/** A recorded call. docs/emulator.md describes the keys. */
export interface Call {
  number: number;
  at_ms: number;
  duration_us: number;
  command: string | null;
  user: string | null;
  targets: string[];
  status: number | null;
  code: number | null;
  item_codes: number[];
  faults: number[];
  replay_of: number | null;
  request: { method: string; version: string; target: string; headers: [string, string][]; body?: string; body_base64?: string };
  response: { status: number; headers: [string, string][]; body?: string; body_base64?: string } | null;
}

/** A running emulator: the settings of a client, and the admin API for tests. */
export interface Emulator {
  readonly baseUrl: string;
  readonly sdkappid: number;
  /** The user id of the app admin, in whose name a backend makes calls. */
  readonly admin: string;
  /** The secret key of the app. It is not shown when the object is printed. */
  readonly secretKey: string;
  /** The settings of a client as environment variables, for example for a child process. */
  readonly env: { TIM_BASE_URL: string; TIM_SDKAPPID: string; TIM_ADMIN: string; TIM_SECRET_KEY: string };
  /**
   * Signs the UserSig with which a user logs in. `validity` is a number and s, m, h or d; 1d by
   * default.
   */
  usersig(user: string, options?: { validity?: string }): Promise<string>;
  /**
   * Restores what the emulator has at its start: only the accounts of the admins, no faults, calls,
   * webhooks and snapshots, the settings and the limits of the start.
   */
  reset(): Promise<void>;
  /**
   * Adds accounts, follows, friends and blocks: a CSV or NDJSON text, or records such as
   * `{ account: { user: "alice" } }`. Returns the number of lines.
   */
  importRecords(records: string | Uint8Array | Iterable<object>): Promise<number>;
  /**
   * Injects a fault, for example `{ code: 30006, command: "follow_add", next: 1 }`. Returns its
   * number.
   */
  fault(fault: object): Promise<number>;
  /** The recorded calls, oldest first. */
  calls(filters?: CallFilters): Promise<Call[]>;
  /**
   * Waits until `count` calls match, 1 by default, and returns them. Calls that are already
   * recorded count too. After `timeout` milliseconds, 5000 by default, it rejects with an error
   * that names the calls that did not match.
   */
  waitForCalls(count?: number, options?: CallFilters & { timeout?: number }): Promise<Call[]>;
  /** Sends a request to the admin API, for example `request("POST", "time", { frozen: true })`. */
  request(method: string, route: string, body?: unknown): Promise<any>;
  /** Stops the emulator. Without it, the emulator ends with this process. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts an emulator on a free port. `args` are further arguments of `tim emulator`. */
export function startEmulator(options?: { args?: string[] }): Promise<Emulator>;
