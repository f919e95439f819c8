// Uses the node at the given port through ioredis and node-redis, at their default
// settings. It ends with status 0 and "all is well" when everything is as expected.
import assert from "node:assert/strict";
import Redis from "ioredis";
import { createClient } from "redis";

const port = Number(process.argv[2]);
const binary = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

async function ioredis() {
  const c = new Redis(port, "127.0.0.1", { connectionName: "web-2" });
  assert.equal(await c.ping(), "PONG");
  assert.equal(await c.client("GETNAME"), "web-2");
  assert.equal(await c.set("io", binary, "EX", 100), "OK");
  assert.deepEqual(await c.getBuffer("io"), binary);
  assert.equal(await c.ttl("io"), 100);
  assert.equal(await c.get("none"), null);
  assert.equal(await c.incrby("io:n", 42), 42);
  const pipeline = c.pipeline();
  for (let i = 0; i < 1000; i++) pipeline.set("io:" + i, i).get("io:" + i);
  const replies = await pipeline.exec();
  assert.equal(replies.length, 2000);
  replies.forEach(([err, reply], i) => assert.deepEqual([err, reply], [null, i % 2 ? String((i - 1) / 2) : "OK"]));
  const keys = new Set();
  for await (const some of c.scanStream({ match: "io:*" })) some.forEach((k) => keys.add(k));
  assert.equal(keys.size, 1001);
  await assert.rejects(c.lpush("l", "x"), /ERR unknown command/);
  // Reconnects by itself when the server closes the connection.
  const id = await c.client("ID");
  const other = new Redis(port, "127.0.0.1");
  assert.equal(await other.client("KILL", "ID", id), 1);
  assert.equal(await c.get("io:7"), "7");
  assert.notEqual(await c.client("ID"), id);
  await Promise.all([c.quit(), other.quit()]);
}

async function nodeRedis(options) {
  const c = createClient({ url: `redis://127.0.0.1:${port}`, name: "web-3", ...options });
  c.on("error", () => {}); // the connection that is killed below
  await c.connect();
  assert.equal(await c.ping(), "PONG");
  assert.equal(await c.clientGetName(), "web-3");
  assert.equal(await c.set("nr", "v", { expiration: { type: "EX", value: 100 } }), "OK");
  assert.equal(await c.get("nr"), "v");
  assert.equal(await c.ttl("nr"), 100);
  assert.equal(await c.get("none"), null);
  assert.deepEqual(await c.mGet(["nr", "none"]), ["v", null]);
  const replies = await Promise.all(Array.from({ length: 1000 }, (_, i) => c.set("nr:" + i, String(i))));
  assert.ok(replies.every((r) => r === "OK"));
  let keys = 0;
  for await (const some of c.scanIterator({ MATCH: "nr:*", COUNT: 100 })) keys += some.length;
  assert.ok(keys >= 1000, `${keys} keys`);
  await assert.rejects(c.sendCommand(["LPUSH", "l", "x"]), /ERR unknown command/);
  const id = await c.clientId();
  const other = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
  assert.equal(await other.sendCommand(["CLIENT", "KILL", "ID", String(id)]), 1);
  for (let tries = 0; ; tries++) {
    try {
      assert.equal(await c.get("nr:7"), "7");
      break;
    } catch (err) {
      if (tries > 100) throw err;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
  await Promise.all([c.close(), other.close()]);
}

await ioredis();
await nodeRedis({});
await nodeRedis({ RESP: 3 });
console.log("all is well");
