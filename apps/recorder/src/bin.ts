#!/usr/bin/env node
// Read by every Node there is, so nothing newer than 2018 may appear here, and nothing else is imported before the
// version is known to do.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 12)) {
  const compileCache = process.getBuiltinModule("node:module").enableCompileCache;
  // A third less to do at the next start. Bun has no such cache.
  if (compileCache) compileCache();
  void import("./cli.ts").then(function (cli) {
    return cli.main();
  });
} else {
  console.error("eventstream: This is Node " + process.versions.node + "; Node 22.12 or newer is needed");
  process.exitCode = 2;
}
