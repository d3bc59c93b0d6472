/** Finds the function that a handler's name tells: `folder/file.name.of.export`. */

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import {
  CallbackHandlerDeprecated,
  HandlerNotFound,
  ImportModuleError,
  MalformedHandlerName,
  UserCodeSyntaxError,
} from "./errors.mjs";

const NAME = /^([^.]*)\.(.*)$/;
const WITH_CALLBACK = 3;
const NO_CALLBACKS =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

/**
 * @param {string} root - folder of the code.
 * @param {string} name - of the handler.
 * @param {boolean} isAwaited - whether the runtime knows no callbacks.
 */
export async function load(root, name, isAwaited) {
  if (name.includes("..")) {
    throw new MalformedHandlerName(
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const match = NAME.exec(path.basename(name));
  if (!match) {
    throw new MalformedHandlerName("Bad handler");
  }
  const [, file, exported] = match;
  const folder = name.slice(0, name.indexOf(path.basename(name)));
  const module = await loadModule(root, folder, file, isAwaited);
  const found = find(module, exported) ?? (isAwaited ? find(module.default, exported) : undefined);
  if (!found) {
    throw new HandlerNotFound(`${name} is undefined or not exported`);
  }
  if (typeof found !== "function") {
    throw new HandlerNotFound(`${name} is not a function`);
  }
  if (isAwaited && found.length >= WITH_CALLBACK) {
    throw new CallbackHandlerDeprecated(NO_CALLBACKS);
  }
  return found;
}

function find(module, exported) {
  return exported.split(".").reduce((nested, key) => nested?.[key], module);
}

async function loadModule(root, folder, file, isAwaited) {
  const whole = path.resolve(root, folder, file);
  const require = createRequire(path.join(root, "index.js"));
  const ways = [
    ["", isAwaited ? "import" : "require"],
    [".js", isAwaited || isModule(path.dirname(whole)) ? "import" : "require"],
    [".mjs", "import"],
    [".cjs", isAwaited ? "import" : "require"],
  ];
  try {
    for (const [extension, way] of ways) {
      if (fs.existsSync(whole + extension)) {
        return way === "import" ? await import(pathToFileURL(whole + extension)) : require(whole + extension);
      }
    }
    return require(require.resolve(file, { paths: [root, path.join(root, folder)] }));
  } catch (error) {
    if (error instanceof SyntaxError) {
      const syntax = new UserCodeSyntaxError(String(error));
      syntax.stack = error.stack;
      throw syntax;
    }
    throw error?.code === "MODULE_NOT_FOUND" ? new ImportModuleError(String(error)) : error;
  }
}

/** Whether the nearest package says that its files are ES modules. */
function isModule(folder) {
  if (folder.endsWith("/node_modules")) {
    return false;
  }
  const description = path.join(folder, "package.json");
  if (fs.existsSync(description)) {
    return JSON.parse(fs.readFileSync(description, "utf8")).type === "module";
  }
  return folder !== "/" && isModule(path.dirname(folder));
}
