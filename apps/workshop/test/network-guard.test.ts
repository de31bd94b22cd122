import http from "node:http";
import net from "node:net";
import { expect, test } from "vitest";

/** Connects by a name whose look-up, the caller's own, gives `address`. Resolves with the error, if any. */
function connected(address: string, port: number): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({
      host: "example.invalid",
      port,
      lookup: (_name, _options, callback) => callback(null, [{ address, family: 4 }]),
    });
    socket.on("error", resolve).on("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

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
  await expect(connected("192.0.2.1", 8080)).resolves.toMatchObject({
    message: expect.stringMatching(/loopback only/),
  });
});

test("loopback connections work", async () => {
  const server = http.createServer((_, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(await response.text()).toBe("hello");
  await expect(connected("127.0.0.1", port)).resolves.toBeUndefined();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
