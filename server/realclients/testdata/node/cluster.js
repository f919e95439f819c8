// A client of a cluster that obeys its standard input: each line is a request, {"op": "set" or "get", "keys": [...]}, and
// is answered with one line, {"values": [...]} or {"error": "..."}. Arguments: the client's name, and the port of a node.
// Clients have their default settings, but for one of ioredis.
import readline from "node:readline";

const [name, port] = process.argv.slice(2);

async function connect() {
  const rootNodes = [{ url: `redis://127.0.0.1:${port}` }];
  const nodes = [{ host: "127.0.0.1", port: Number(port) }];
  const ioredis = async () => (await import("ioredis")).Cluster;
  const nodeRedis = async () => (await import("redis")).createCluster;
  switch (name) {
    case "ioredis":
      return new (await ioredis())(nodes);
    case "ioredis, reads of replicas":
      // A read goes to the replicas of the former owner until the slots are known again. Without a pause it fails after 16 tries.
      return new (await ioredis())(nodes, { scaleReads: "slave", retryDelayOnMoved: 300 });
    case "node-redis":
      return (await nodeRedis())({ rootNodes }).connect();
    case "node-redis, reads of replicas":
      return (await nodeRedis())({ rootNodes, useReplicas: true }).connect();
  }
  throw new Error(`no client is called ${name}`);
}

const client = await connect();
client.on("error", () => {}); // nodes that close connections; a request that fails says so itself

// again performs a request until it is not answered TRYAGAIN, which node-redis knows nothing of.
async function again(request) {
  for (;;) {
    try {
      return await request();
    } catch (err) {
      if (!err.message?.startsWith("TRYAGAIN")) throw err;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

const perform = {
  set: (keys) => Promise.all(keys.map((k) => again(() => client.set(k, k)))).then(() => []),
  get: (keys) => Promise.all(keys.map((k) => again(() => client.get(k)))),
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let reply;
  try {
    reply = { values: await perform[request.op](request.keys) };
  } catch (err) {
    reply = { error: `${err}` };
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
}
process.exit(0);
