import net from "node:net";
import http from "node:http";
import { expect, test } from "vitest";

test("a connection that would leave the machine fails the test", async () => {
  expect(() => net.connect({ host: "192.0.2.1", port: 8080 })).toThrow(/loopback only/);
  await expect(fetch("http://192.0.2.1:8080/")).rejects.toMatchObject({
    cause: { message: expect.stringMatching(/loopback only/) },
  });
  await expect(
    new Promise((_, reject) => {
      http.get("http://example.invalid/").on("error", reject);
    }),
  ).rejects.toThrow(/loopback only/);
});

test("loopback connections work", async () => {
  const server = http.createServer((_, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(await response.text()).toBe("hello");
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
