// Words are those of texts.en.js; numbers and times are written as the reader's browser is set.

import { texts } from "./texts.en.js";

const number = (options) => new Intl.NumberFormat(undefined, options);
const whole = number({ maximumFractionDigits: 0 });
const tenth = number({ minimumFractionDigits: 1, maximumFractionDigits: 1 });
const compact = number({ notation: "compact" });
const hundredth = number({ maximumFractionDigits: 2 });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });

/** The text of this name, with its {places} filled in. */
export function t(name, values = {}) {
  const text = texts[name];
  if (text === undefined) return name;
  const shown = (value) => (typeof value === "number" ? hundredth.format(value) : (value ?? ""));
  return text.replace(/\{(\w+)\}/g, (_, key) => shown(values[key]));
}

/** Whether there is a text of this name. */
export function hasText(name) {
  return texts[name] !== undefined;
}

/** A count, "1,284" or "1.284"; a dash for what is not known. */
export function count(value) {
  return value === null || value === undefined ? "–" : whole.format(value);
}

/** A count where there is little room: "12K" from 10,000 on. */
export function shortCount(value) {
  return value < 10_000 ? count(value) : compact.format(value);
}

/** A rate: one decimal below 10. */
export function rate(value) {
  if (value === null || value === undefined) return "–";
  return value < 9.95 && !Number.isInteger(value) ? tenth.format(value) : whole.format(value);
}

/** A duration: 0.04 s, 0.6 s, 12 s. */
export function seconds(value) {
  if (value === null || value === undefined) return "–";
  const format = value >= 9.95 ? whole : value < 0.1 ? hundredth : tenth;
  return `${format.format(Math.max(0, value))} s`;
}

/** The time of day, 14:03:09, of epoch seconds. */
export function clock(at) {
  return time.format(new Date(at * 1000));
}
