import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { suite, test } from "node:test";
import { NginxCommand } from "../../../src/deploy/sync/nginx.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { startNginx, type Site } from "../../support/nginx.ts";
import { need } from "../../support/tools.ts";

const SITE: Site = (port) => `server { listen 127.0.0.1:${port}; return 204; }\n`;

suite("nginx as a command", () => {
  test("is missing where it is not", async () => {
    const found = NginxCommand.find(["/nowhere/nginx", "-c", "other.conf"]);
    await assert.rejects(found, {
      code: "NGINX_MISSING",
      message: "expected /nowhere/nginx -c other.conf to run, got spawn /nowhere/nginx ENOENT",
    });
  });

  test("says in its own words what is wrong with a text alone", async (t) => {
    if (!need(t, "nginx", "nginx")) return;
    const nginx = await NginxCommand.find(["nginx"]);
    assert.equal(await nginx.check("upstream web { zone web 64k; server 127.0.0.1:1; keepalive 4; }\n"), null);
    assert.match((await nginx.check("upstream web { sewer 127.0.0.1:1; }\n")) ?? "", /^unknown directive "sewer" in /);
  });

  test("may name its pid file by itself", async (t) => {
    if (!need(t, "nginx", "nginx")) return;
    const pid = join(temporaryFolder(t), "own.pid");
    for (const words of [["-g", `daemon off; pid ${pid};`], [`-gpid "${pid}";`]]) {
      const nginx = await NginxCommand.find(["nginx", ...words]);
      assert.equal(await nginx.check("upstream web { server 127.0.0.1:1; }\n"), null);
    }
  });

  test("reloads the one that runs, and has done so when no old worker accepts", async (t) => {
    const running = await startNginx(t, SITE, { workers: 2 });
    if (!running) return;
    const nginx = await NginxCommand.find(running.command);
    assert.equal(await nginx.test(), null);
    running.write((port) => SITE(port).replace("204", "205"));
    assert.equal(await nginx.reload(), null);
    for (let asked = 0; asked < 10; asked += 1)
      assert.equal((await fetch(`http://127.0.0.1:${running.port}/`)).status, 205);
  });

  test("says so when the one that runs goes on with its old workers", async (t) => {
    const running = await startNginx(t, SITE);
    if (!running) return;
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    t.after(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const nginx = await NginxCommand.find(running.command, 500);
    running.write((own) => SITE(own) + SITE(port));
    // A test of the configuration binds nothing.
    assert.equal(await nginx.test(), null);
    assert.equal(await nginx.reload(), "its workers are not new ones after 0.5 s; its error log says why");
    running.write((own) => `${SITE(own)}nonsense;\n`);
    assert.match((await nginx.test()) ?? "", /^unknown directive "nonsense" in .*site\.conf:2$/);
  });
});
