/**
 * Answers about custom resources go where they are waited for.
 *
 * On AWS the URL of such an answer is one of S3, and the CDK's functions ask its host by https whatever it says. The
 * local cloud listens to http on a port of its own: only requests for its own paths on its own host are led there.
 */

import http from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";

const OWN_PATHS = "/_local/custom-resource-responses/";

/** @param {string} endpoint - of the local cloud. */
export function answerByHttp(endpoint) {
  const { hostname, port } = new URL(endpoint);
  const { request } = https;
  https.request = function (first, ...rest) {
    const isUrl = typeof first === "string" || first instanceof URL;
    const url = isUrl ? new URL(first) : {};
    const more = isUrl && typeof rest[0] === "object" ? rest.shift() : {};
    const options = isUrl ? { hostname: url.hostname, path: url.pathname + url.search, ...more } : first;
    if ((options.hostname ?? options.host) === hostname && options.path?.startsWith(OWN_PATHS)) {
      return http.request({ ...options, protocol: "http:", port, agent: undefined }, ...rest);
    }
    return isUrl ? request.call(this, first, more, ...rest) : request.call(this, first, ...rest);
  };
  syncBuiltinESMExports();
}
