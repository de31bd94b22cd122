#!/usr/bin/env node
// Read by every Node there is, so nothing newer than 2018 may appear here, and nothing else is imported before the
// version is known to do.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 12)) {
  void import("./cli.ts").then(function (cli) {
    return cli.main();
  });
} else {
  console.error("eventstream: This is Node " + process.versions.node + "; Node 22.12 or newer is needed");
  process.exitCode = 2;
}
