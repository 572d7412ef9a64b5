// Drives every call of toxiproxy-node-client against the server at argv[2] (http://127.0.0.1:PORT) and checks what comes
// back. No upstream is needed.
"use strict";
const assert = require("node:assert/strict");
const { Toxiproxy, Proxy, Toxic } = require("toxiproxy-node-client");

const toxiproxy = new Toxiproxy(process.argv[2]);
const upstream = "127.0.0.1:1";

async function refused(promise, status) {
  await assert.rejects(promise, (error) => error.message.includes(String(status)));
}

const types = [
  ["latency", { latency: 100, jitter: 10 }, { latency: 50 }],
  ["bandwidth", { rate: 10 }, { rate: 20 }],
  ["slow_close", { delay: 10 }, { delay: 20 }],
  ["timeout", { timeout: 10 }, { timeout: 0 }],
  ["slicer", { average_size: 10, size_variation: 5, delay: 1 }, { average_size: 20 }],
  ["limit_data", { bytes: 100 }, { bytes: 200 }],
  ["reset_peer", { timeout: 10 }, { timeout: 20 }],
];

async function proxies() {
  assert.deepEqual(JSON.parse(await toxiproxy.getVersion()), { version: "2.12.0" });
  assert.deepEqual(await toxiproxy.getAll(), {});
  const made = await toxiproxy.createProxy({ name: "redis", listen: "localhost:0", upstream });
  assert.ok(made instanceof Proxy);
  assert.match(made.listen, /^127\.0\.0\.1:\d+$/);
  assert.deepEqual(made.toJson(), { enabled: true, listen: made.listen, name: "redis", upstream });
  await refused(toxiproxy.createProxy({ name: "redis", listen: "localhost:0", upstream }), 409);
  await refused(toxiproxy.createProxy({ listen: "localhost:0", upstream }), 400);
  assert.deepEqual((await toxiproxy.get("redis")).toJson(), made.toJson());
  await refused(toxiproxy.get("nobody"), 404);
  assert.deepEqual(Object.keys(await toxiproxy.getAll()), ["redis"]);

  const off = await made.update({ enabled: false, listen: made.listen, upstream });
  assert.equal(off.enabled, false);
  await toxiproxy.reset();
  assert.equal((await toxiproxy.get("redis")).enabled, true);

  const populated = await toxiproxy.populate([
    { name: "redis", listen: made.listen, upstream },
    { name: "mysql", listen: "localhost:0", upstream },
  ]);
  assert.deepEqual(Object.keys(populated), ["redis", "mysql"]);
  assert.equal(populated.redis.listen, made.listen);
  for (const proxy of Object.values(await toxiproxy.getAll())) await proxy.remove();
  assert.deepEqual(await toxiproxy.getAll(), {});
  await refused(made.remove(), 404);
}

async function toxics() {
  const proxy = await toxiproxy.createProxy({ name: "redis", listen: "localhost:0", upstream });
  for (const stream of ["upstream", "downstream"]) {
    for (const [type, attributes, change] of types) {
      const name = `${type}-${stream}`;
      const toxic = await proxy.addToxic({ attributes, name, stream, toxicity: 0.5, type });
      assert.ok(toxic instanceof Toxic);
      assert.deepEqual(toxic.toJson(), { attributes, name, stream, toxicity: 0.5, type });
      await refused(proxy.addToxic({ attributes, name, stream, toxicity: 1, type }), 409);
      const changed = await toxic.update({ attributes: change, toxicity: 1 });
      assert.deepEqual(changed.attributes, { ...attributes, ...change });
      assert.equal(changed.toxicity, 1);
      assert.deepEqual((await proxy.getToxic(name)).toJson(), changed.toJson());
    }
  }
  await (await proxy.getToxic("timeout-upstream")).remove();
  await refused(proxy.getToxic("timeout-upstream"), 404);
  await refused(proxy.addToxic({ attributes: {}, name: "x", stream: "sideways", toxicity: 1, type: "latency" }), 400);
  await refused(proxy.addToxic({ attributes: {}, name: "x", stream: "upstream", toxicity: 1, type: "nonsense" }), 400);
  await toxiproxy.reset();
  await refused(proxy.getToxic("latency-upstream"), 404);
  await proxy.remove();
}

proxies()
  .then(toxics)
  .then(() => console.log("every call answered"))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
