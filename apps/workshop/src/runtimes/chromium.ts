import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Report } from "./runtimes.ts";
import type { Site } from "./site.ts";
import { packageFiles } from "./site.ts";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const timeLimit = 120_000;

/** Serves the site on a loopback port, opens it in a headless browser, and waits for the page to post its report. */
export async function runInChromium(program: string, site: Site, contentSecurityPolicy?: string): Promise<Report> {
  const profile = mkdtempSync(join(tmpdir(), "eventstream-chromium-"));
  let server!: Server;
  const posted = new Promise<Report>((resolve) => {
    server = serveSite(site, contentSecurityPolicy, resolve);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  const browser = spawn(program, [...flags, `--user-data-dir=${profile}`, url], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const output = text(browser.stderr);
  const exited = once(browser, "exit");
  const failed = new Promise<never>((_, reject) => {
    void exited.then(async ([code]) => reject(new Error(`${program} ended early, code ${code}\n${await output}`)));
    setTimeout(() => reject(new Error("The page did not report within two minutes")), timeLimit).unref();
  });
  try {
    return await Promise.race([posted, failed]);
  } finally {
    failed.catch(() => {});
    browser.kill();
    await exited;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

function serveSite(site: Site, contentSecurityPolicy: string | undefined, report: (report: Report) => void): Server {
  const files = new Set([...site.modules.values(), ...packageFiles(site)].map((file) => `/${file}`));
  const imports = Object.fromEntries([...site.modules].filter(([name, file]) => name !== file).map(addSlash));
  const page = `<!doctype html><meta charset="utf-8"><title>Conformance</title>
<script type="importmap" nonce="page">${JSON.stringify({ imports })}</script>
<script type="module" nonce="page">
  const post = (report) => fetch("/report", { method: "POST", body: JSON.stringify(report) });
  try {
    const { run } = await import("/run.mjs");
    await post(await run());
  } catch (error) {
    await post({ checks: 0, facts: {}, failures: [{ group: "page", message: String(error?.stack ?? error) }] });
  }
</script>`;
  return createServer((request: IncomingMessage, response) => {
    const path = request.url ?? "";
    if (request.method === "POST" && path === "/report") {
      response.end();
      void text(request).then((body) => report(JSON.parse(body) as Report));
    } else if (path === "/") {
      const policy = contentSecurityPolicy === undefined ? {} : { "content-security-policy": contentSecurityPolicy };
      response.writeHead(200, { "content-type": "text/html", ...policy }).end(page);
    } else if (files.has(path)) {
      response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(join(site.folder, path)));
    } else {
      response.writeHead(404).end();
    }
  });
}

function addSlash([name, file]: readonly [string, string]): [string, string] {
  return [name, `/${file}`];
}
