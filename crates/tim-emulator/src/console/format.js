// Numbers, times and sizes as text.

export const number = (value) => value.toLocaleString("en");

export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

// Returns unix milliseconds in UTC as 2026-01-31 12:00:00.
export function utc(ms) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms / 1000} s` : date.toISOString().replace("T", " ").replace(/\..*/, "");
}

// Returns the time of the day of unix milliseconds as 12:00:00.123.
export function clock(ms) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(-13, -1);
}

// Returns microseconds as a short duration.
export function took(us) {
  if (us < 1000) return `${us} \u00b5s`;
  if (us < 10_000) return `${(us / 1000).toFixed(1)} ms`;
  return us < 10_000_000 ? `${Math.round(us / 1000)} ms` : `${Math.round(us / 1e6)} s`;
}

// Returns seconds as a short duration.
export function span(seconds) {
  for (const [unit, size] of [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ]) {
    if (seconds >= size) return plural(+(seconds / size).toFixed(1), unit);
  }
  return plural(seconds, "second");
}

export function bytes(count) {
  if (count < 1024) return plural(count, "byte");
  const [size, unit] = count < 1024 ** 2 ? [1024, "KiB"] : count < 1024 ** 3 ? [1024 ** 2, "MiB"] : [1024 ** 3, "GiB"];
  return `${(count / size).toFixed(1)} ${unit}`;
}

export function short(text, most) {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}\u2026` : text;
}
