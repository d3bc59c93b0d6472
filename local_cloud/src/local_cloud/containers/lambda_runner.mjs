/**
 * Serves a function's invocations: `node lambda_runner.mjs <folder of packages>`, with Lambda's own variables in the
 * environment. What `lambda_runner.py` is to Python.
 *
 * File descriptor 3 is a socket: a line of JSON (`event`, `context`) comes in for an invocation, a line of JSON with its
 * result or its error goes out; `isLast` tells that the process ends with it. Up to Node.js 22 functions may call back,
 * and what they started is waited for; from 24 on they are awaited, and nothing else. Both as, and with the words of,
 * https://github.com/aws/aws-lambda-nodejs-runtime-interface-client, versions 3 and 4.
 */

import net from "node:net";
import { logError, patchConsole, setRequestId } from "./lambda_node/console.mjs";
import { JSONStringifyError, NodeJsExit, told, UnhandledPromiseRejection } from "./lambda_node/errors.mjs";
import { load } from "./lambda_node/handlers.mjs";
import { findPackages } from "./lambda_node/packages.mjs";
import { answerByHttp } from "./lambda_node/requests.mjs";

const CHANNEL = 3;
const LAST_WITH_CALLBACKS = 22;
const IS_AWAITED = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV)[1]) > LAST_WITH_CALLBACKS;
const EXIT_OF_EXCEPTION = 129;
const EXIT_OF_REJECTION = 128;

const channel = new net.Socket({ fd: CHANNEL, readable: true, writable: true });
/** Tells the invocation that runs how it went; does nothing when none runs. */
let finish = (_answer, then = () => {}) => then();
let whenIdle = () => {};

function main() {
  const [packages] = process.argv.splice(2);
  patchConsole();
  findPackages(packages);
  answerByHttp(process.env.AWS_ENDPOINT_URL);
  globalThis.awslambda = { streamifyResponse: refuseStreams };
  if (!IS_AWAITED) {
    process.on("uncaughtException", (error) => fail("Uncaught Exception", error, EXIT_OF_EXCEPTION));
    process.on("unhandledRejection", (reason, promise) =>
      fail("Unhandled Promise Rejection", new UnhandledPromiseRejection(reason, promise), EXIT_OF_REJECTION),
    );
    process.on("beforeExit", () => whenIdle());
  }
  const waiting = [];
  channel.on("data", (chunk) => {
    waiting.push(chunk);
    if (chunk.at(-1) === 0x0a) {
      const request = JSON.parse(Buffer.concat(waiting.splice(0)).toString());
      serve(request.event, request.context);
    }
  });
  channel.on("end", () => process.exit(0));
}

let entry;

async function serve(event, given) {
  // An event loop that is empty but for the socket has nothing left to do for the invocation.
  channel.unref();
  finish = (answer, then = () => {}) => {
    finish = (_answer, next = () => {}) => next();
    whenIdle = () => {};
    channel.write(`${JSON.stringify(answer)}\n`, () => {
      channel.ref();
      then();
    });
  };
  if (entry === undefined) {
    try {
      entry = await load(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER, IS_AWAITED);
    } catch (error) {
      fail(IS_AWAITED ? "Init Error" : "Uncaught Exception", error, IS_AWAITED ? 1 : EXIT_OF_EXCEPTION);
      return;
    }
  }
  setRequestId(given.aws_request_id);
  await (IS_AWAITED ? awaitHandler : callHandler)(event, contextOf(given));
}

async function awaitHandler(event, context) {
  try {
    succeed(await entry(event, context));
  } catch (error) {
    logError("Invoke Error", error);
    finish({ error: told(error) });
  }
}

function callHandler(event, context) {
  let waitsForEmptyEventLoop = true;
  let isDone = false;
  const once = (action) => (...values) => {
    if (!isDone) {
      action(...values);
      isDone = true;
    }
  };
  const failed = (error) => {
    logError("Invoke Error", error);
    finish({ error: told(error) });
  };
  const done = once((error, result) => (error === undefined || error === null ? succeed(result) : failed(error)));
  const callback = once((error, result) => {
    if (error !== undefined && error !== null) {
      failed(error);
    } else if (waitsForEmptyEventLoop) {
      whenIdle = () => setImmediate(() => succeedOrFail(result, failed));
    } else {
      succeedOrFail(result, failed);
    }
  });
  Object.defineProperty(context, "callbackWaitsForEmptyEventLoop", {
    enumerable: true,
    get: () => waitsForEmptyEventLoop,
    set: (value) => {
      waitsForEmptyEventLoop = value;
    },
  });
  context.done = done;
  context.succeed = (result) => done(null, result);
  context.fail = (error) => done(error ?? "handled");
  // A function that waits for a promise that nobody settles has failed, one that calls nobody back has not.
  whenIdle = () => {
    isDone = true;
    if (entry.constructor?.name === "AsyncFunction") {
      failed(new NodeJsExit());
    } else {
      finish({ payload: "null" });
    }
  };
  try {
    const result = entry(event, context, callback);
    if (typeof result?.then === "function") {
      result.then(context.succeed, context.fail).catch(context.fail);
    }
  } catch (error) {
    callback(error);
  }
}

function succeedOrFail(result, failed) {
  try {
    succeed(result);
  } catch (error) {
    failed(error);
  }
}

function succeed(result) {
  let payload;
  try {
    payload = JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch {
    throw IS_AWAITED ? new JSONStringifyError() : new Error("Unable to stringify response body");
  }
  finish({ payload });
}

function fail(words, error, exitCode) {
  logError(words, error);
  finish({ error: told(error), isLast: true }, () => process.exit(exitCode));
}

function contextOf(given) {
  const end = Date.now() + given.timeout_seconds * 1000;
  return {
    functionVersion: given.function_version,
    functionName: given.function_name,
    memoryLimitInMB: given.memory_limit_in_mb,
    logGroupName: given.log_group_name,
    logStreamName: given.log_stream_name,
    clientContext: undefined,
    identity: undefined,
    invokedFunctionArn: given.invoked_function_arn,
    awsRequestId: given.aws_request_id,
    tenantId: undefined,
    getRemainingTimeInMillis: () => end - Date.now(),
  };
}

function refuseStreams() {
  throw new Error("the local cloud does not emulate streamed responses of functions: return the response");
}

main();
