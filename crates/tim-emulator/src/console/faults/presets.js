// Faults that a test often needs: a label, and the values of the form.

export const PRESETS = [
  ["Every second call fails", { effect: "code", code: 30006, every: 2 }],
  ["One in ten calls fails", { effect: "code", code: 30006, percent: 10 }],
  ["The next three calls are throttled", { effect: "code", code: 60007, next: 3 }],
  ["Every second target is rejected", { effect: "item_code", code: 30001, every: 2 }],
  ["The next call gets HTTP 502", { effect: "status", status: 502, next: 1 }],
  ["The next response is lost", { effect: "hang_up", next: 1, applied: true }],
  ["Calls take half a second longer", { effect: "latency_ms", latency_ms: 500, jitter_ms: 500 }],
  ["The next response is cut off", { effect: "truncate", truncate: 10, next: 1 }],
];
