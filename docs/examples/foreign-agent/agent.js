// An agent for Askwire without any of its code: it answers `count_words`, and keeps level 1.0 of the protocol.
//   npm ci && node agent.js [PORT]
//   askwire check --conformance ws://localhost:8020 --level 1.0 --samples samples.json
"use strict";
const { randomUUID } = require("node:crypto");
const { WebSocketServer } = require("ws");

const NAME = "word-counter";
const handlers = { count_words: countWords, health_check: checkHealth, stats: tellStats };
const counts = { requests: 0, errors: 0 };

function countWords(data, progress) {
  if (typeof data.text !== "string") throw new Error("data.text has to be a text.");
  progress({ stage: "counting", progress: 0 });
  const words = data.text.split(/\s+/).filter(Boolean);
  return { words: words.length, different: new Set(words).size };
}

function checkHealth() {
  return { status: "ok" };
}

function tellStats() {
  return { agent: NAME, ...counts };
}

function serve(socket) {
  const client_id = randomUUID();
  const send = (type, fields) =>
    socket.send(JSON.stringify({ type, client_id, timestamp: new Date().toISOString(), ...fields }));

  send("connection_established", { data: { agent: NAME, capabilities: ["count_words"] } });
  socket.on("error", (problem) => console.error(`${client_id}: ${problem.message}`));
  socket.on("message", (text) => {
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return fail(null, "The message is not JSON.");
    }
    const id = message?.message_id;
    if (message?.type === "heartbeat") {
      return send("heartbeat_response", { response_to: id, server_time: Date.now() / 1000, from: NAME });
    }
    if (!Object.hasOwn(handlers, message?.type ?? "")) return fail(id, `Unknown type ${message?.type}.`);
    counts.requests += 1;
    try {
      const progress = (data) => send("progress_update", { response_to: id, data });
      const data = handlers[message.type](message.data ?? {}, progress);
      send(`${message.type}_response`, { response_to: id, data });
    } catch (problem) {
      fail(id, problem.message);
    }
  });

  function fail(id, text) {
    counts.errors += 1;
    send("error", { response_to: id ?? undefined, error: { message: text, type: "server_error" } });
  }
}

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2] ?? 8020), maxPayload: 8 << 20 });
server.on("connection", serve);
server.on("listening", () => console.log(`${NAME} listens on ws://127.0.0.1:${server.address().port}`));
process.on("SIGTERM", () => {
  for (const socket of server.clients) socket.close(1001);
  server.close();
});
