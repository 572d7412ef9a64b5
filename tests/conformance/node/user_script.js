// As a user of Toxiproxy would have written it: put a proxy before a service, slow it down, cut it, bring it back. Only
// the address of the server comes from outside (argv[2]).
const net = require("net");
const { Toxiproxy } = require("toxiproxy-node-client");

const echo = net.createServer((socket) => socket.on("error", () => {}).pipe(socket));

function ping(address, text) {
  const [host, port] = address.split(":");
  const begun = Date.now();
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), host, () => socket.write(text));
    let got = "";
    socket.on("data", (data) => {
      got += data;
      if (got.length >= text.length) {
        socket.destroy();
        resolve({ got, took: Date.now() - begun });
      }
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed")));
  });
}

async function main() {
  await new Promise((resolve) => echo.listen(0, "127.0.0.1", resolve));
  const toxiproxy = new Toxiproxy(process.argv[2]);
  const proxy = await toxiproxy.createProxy({
    name: "echo",
    listen: "127.0.0.1:0",
    upstream: `127.0.0.1:${echo.address().port}`,
  });
  const check = (what, holds) => {
    if (!holds) throw new Error(`${what}: not so`);
    console.log(what);
  };

  check("passes", (await ping(proxy.listen, "hello")).got === "hello");

  const latency = await proxy.addToxic({
    name: "slow",
    type: "latency",
    stream: "downstream",
    toxicity: 1,
    attributes: { latency: 300, jitter: 0 },
  });
  check("is slow", (await ping(proxy.listen, "hello")).took >= 300);
  await latency.remove();

  const limit = await proxy.addToxic({
    name: "short",
    type: "limit_data",
    stream: "upstream",
    toxicity: 1,
    attributes: { bytes: 3 },
  });
  check("is cut", await ping(proxy.listen, "hello").then(() => false, () => true));
  await limit.remove();

  const reset = await proxy.addToxic({
    name: "reset",
    type: "reset_peer",
    stream: "downstream",
    toxicity: 1,
    attributes: { timeout: 0 },
  });
  check("is reset", (await ping(proxy.listen, "hello").catch((error) => error)).code === "ECONNRESET");
  await reset.remove();

  const off = await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
  check("is down", (await ping(off.listen, "hello").catch((error) => error)).code === "ECONNREFUSED");
  await toxiproxy.reset();
  check("is back", (await ping(proxy.listen, "hello")).got === "hello");
  await proxy.remove();
  echo.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
