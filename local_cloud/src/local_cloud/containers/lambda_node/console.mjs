/** The console of a function: each call is one event of the log, with its time, request and level. */

import util from "node:util";
import { formatted } from "./errors.mjs";

// Others find the request by it: it is the runtime's own name of it.
const REQUEST_ID = Symbol.for("aws.lambda.runtime.requestId");
// Lines of one event; the server puts the line feeds back once it has split the log.
const LINE_OF_SAME_EVENT = "\x1e";

export function setRequestId(id) {
  globalThis[REQUEST_ID] = id;
}

export function patchConsole() {
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"]) {
    console[level] = (message, ...values) => write(level.toUpperCase(), util.format(message, ...values));
  }
  console.log = console.info;
}

/** Log an error that ends an invocation. */
export function logError(words, error) {
  console.error(words, formatted(error));
}

function write(level, text) {
  const line = [new Date().toISOString(), globalThis[REQUEST_ID], level, text].join("\t");
  process.stdout.write(`${line.replaceAll("\n", LINE_OF_SAME_EVENT)}\n`);
}
