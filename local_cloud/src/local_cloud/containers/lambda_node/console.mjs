/** The console of a function: each call is one event of the log, with its time, request and level. */

import util from "node:util";
import { asError, formatted } from "./errors.mjs";

// Others find the request by it: it is the runtime's own name of it.
const REQUEST_ID = Symbol.for("aws.lambda.runtime.requestId");
// Lines of one event; the server puts the line feeds back once it has split the log.
const LINE_OF_SAME_EVENT = "\x1e";
const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const IS_JSON = process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";

export function setRequestId(id) {
  globalThis[REQUEST_ID] = id;
}

export function patchConsole() {
  const lowest = LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL);
  for (const [priority, level] of LEVELS.entries()) {
    const format = IS_JSON ? json : text;
    const call = (...values) => write(format(new Date().toISOString(), globalThis[REQUEST_ID], level, values));
    console[level.toLowerCase()] = priority < lowest ? () => {} : call;
  }
  console.log = console.info;
}

/** Log an error that ends an invocation. */
export function logError(words, error) {
  if (IS_JSON) {
    console.error(asError(error));
  } else {
    console.error(words, formatted(error));
  }
}

function text(time, requestId, level, values) {
  return [time, requestId, level, util.format(...values)].join("\t");
}

function json(timestamp, requestId, level, values) {
  const event = { timestamp, level, requestId };
  if (values.length === 1) {
    try {
      return JSON.stringify({ ...event, message: values[0] }, (_, value) =>
        value instanceof Error ? { ...details(value), ...value } : value,
      );
    } catch {
      return JSON.stringify({ ...event, message: util.format(values[0]) });
    }
  }
  const error = values.slice(1).find((value) => value instanceof Error);
  return JSON.stringify({ ...event, message: util.format(...values), ...(error ? details(error) : {}) });
}

function details(error) {
  const errorType = error.constructor?.name ?? "UnknownError";
  return { errorType, errorMessage: error.message, stackTrace: error.stack?.split("\n") ?? [] };
}

function write(event) {
  process.stdout.write(`${event.replaceAll("\n", LINE_OF_SAME_EVENT)}\n`);
}
