/** Errors of the runtime, and how errors are told and logged. */

import util from "node:util";

const WITHOUT_DETAILS =
  "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack";
const NEVER_SETTLED =
  "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes";

export class ImportModuleError extends Error {}
export class HandlerNotFound extends Error {}
export class MalformedHandlerName extends Error {}
export class UserCodeSyntaxError extends Error {}
export class CallbackHandlerDeprecated extends Error {}

export class JSONStringifyError extends Error {
  constructor() {
    super("Unable to stringify response body");
  }
}

export class NodeJsExit extends Error {
  constructor() {
    super(NEVER_SETTLED);
  }
}

export class UnhandledPromiseRejection extends Error {
  constructor(reason, promise) {
    super(reason);
    this.reason = reason;
    this.promise = promise;
  }
}

for (const kind of [
  ImportModuleError,
  HandlerNotFound,
  MalformedHandlerName,
  UserCodeSyntaxError,
  CallbackHandlerDeprecated,
  JSONStringifyError,
  NodeJsExit,
  UnhandledPromiseRejection,
]) {
  kind.prototype.name = `Runtime.${kind.name}`;
}

/** What the caller gets of an error, whatever was thrown. */
export function told(error) {
  try {
    if (util.types.isNativeError(error) || error instanceof Error) {
      return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split("\n") ?? [] };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return { errorType: "handled", errorMessage: WITHOUT_DETAILS, trace: [] };
  }
}

/** Whatever was thrown as an error. */
export function asError(thrown) {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The text of an error in the log, which starts with a tab. */
export function formatted(thrown) {
  const error = asError(thrown);
  try {
    return `\t${JSON.stringify(error, (_, value) => (value instanceof Error ? withDetails(value) : value))}`;
  } catch {
    return `\t${JSON.stringify(told(error))}`;
  }
}

/** Name, message, code and stack are not enumerable. */
function withDetails(error) {
  const details = { errorType: error.name, errorMessage: error.message, code: error.code, ...error };
  return typeof error.stack === "string" ? { ...details, stack: error.stack.split("\n") } : details;
}
