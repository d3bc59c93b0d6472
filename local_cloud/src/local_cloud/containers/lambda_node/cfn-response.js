/**
 * The module that CloudFormation puts beside a function's inline code: answers a request about a custom resource.
 *
 * Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
 */
"use strict";

const https = require("https");

exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

/** Tell CloudFormation how it went; ends the invocation where functions may call back. */
exports.send = (event, context, responseStatus, responseData, physicalResourceId, noEcho) =>
  new Promise((resolve, reject) => {
    const stream = context.logStreamName;
    const body = JSON.stringify({
      Status: responseStatus,
      Reason: `See the details in CloudWatch Log Stream: ${stream}`,
      PhysicalResourceId: physicalResourceId || stream,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
      NoEcho: noEcho || false,
      Data: responseData,
    });
    console.log("Response body:\n", body);
    const headers = { "content-type": "", "content-length": Buffer.byteLength(body) };
    const request = https.request(event.ResponseURL, { method: "PUT", headers }, (answer) => {
      console.log(`Status code: ${answer.statusCode}`);
      resolve(context.done?.());
    });
    request.on("error", (error) => {
      console.log(`send(..) failed executing https.request(..): ${error}`);
      reject(context.done ? context.done(error) : error);
    });
    request.write(body);
    request.end();
  });
