// The clock, snapshots, import, export and reset.

import { every } from "/console/poll.js";
import { clockPanel } from "/console/state/clock.js";
import { reset } from "/console/state/reset.js";
import { snapshots } from "/console/state/snapshots.js";
import { transfer } from "/console/state/transfer.js";

export const title = "State";

export function open({ root, signal, about }) {
  const time = clockPanel();
  const list = snapshots(about);
  root.append(time.element, list.element, transfer(), reset());
  every(1000, time.refresh, signal);
  every(3000, list.refresh, signal);
}
