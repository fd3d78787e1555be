// A shop of its own for the walk: an empty folder, demo data, a free port.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const ADMIN = { login: "admin@example.com", password: "correct horse battery 42" };

const freePort = () =>
  new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

export async function open(binary) {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "kontor-walk-"));
  const shop = spawn(binary, ["dev"], {
    cwd: folder,
    env: {
      ...process.env,
      APP__DATA_DIR: folder,
      HTTP__PORT: String(port),
      DEMO__ADMIN_PASSWORD: ADMIN.password,
      // The walk comes from one address, as often as all its visitors together.
      RATE_LIMIT__ENABLED: "false",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  const over = new Promise((_, fail) => shop.once("exit", (code) => fail(new Error(`the shop ended: ${code}`))));
  over.catch(() => {});
  const ready = async () => {
    for (let attempt = 0; attempt < 600; attempt += 1) {
      const answer = await fetch(`${url}/health/ready`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error("the shop did not open within a minute");
  };
  await Promise.race([ready(), over]);
  const close = () => {
    shop.kill("SIGTERM");
    return new Promise((done) => shop.once("exit", done)).then(() => rmSync(folder, { recursive: true }));
  };
  return { url, close };
}
