/**
 * The SDK that the runtime brings, for functions that have none of their own.
 *
 * `require` finds it by NODE_PATH, which ES modules do not look at.
 */

import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

// https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html#nodejs-sdk-included
const OF_RUNTIME = /^(@aws-sdk|@smithy)\//;
const NOT_FOUND = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);

/** @param {string} folder - a node_modules folder that the server was started with; empty for none. */
export function findPackages(folder) {
  const parentURL = pathToFileURL(path.join(folder || "/", "..", "index.mjs")).href;
  registerHooks({
    resolve(name, context, next) {
      if (!OF_RUNTIME.test(name)) {
        return next(name, context);
      }
      try {
        return next(name, context);
      } catch (error) {
        if (!NOT_FOUND.has(error.code)) {
          throw error;
        }
        if (folder) {
          try {
            return next(name, { ...context, parentURL });
          } catch {
            // The first error names who asked.
          }
        }
        throw explained(error, name, folder);
      }
    },
  });
}

function explained(error, name, folder) {
  const start = folder ? `${folder} has no ${name}` : "the local cloud was started without packages of the runtime";
  const words = `${start}: start it with --node-modules and a node_modules folder that has ${name}`;
  const { message } = error;
  error.message = `${message}\n${words}`;
  error.stack = error.stack.replace(message, () => error.message);
  return error;
}
