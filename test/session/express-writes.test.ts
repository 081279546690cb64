import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { cookieOf, DAY, HOUR, login, logout, said, serve, who, type Handler } from "../support/express-app.ts";

const rename: Handler = (req, res) => {
  req.session.user = "Bob";
  who(req, res);
};

const set: Handler = (req, res) => {
  req.session.user = req.query["user"] as string;
  who(req, res);
};

const twice: Handler = (req, res) => {
  req.session.user = "Bob";
  req.session.save(() => {
    req.session.user = "Ada";
    who(req, res);
  });
};

const thorough: Handler = (req, res) => {
  req.session.user = "Ada";
  req.session.save(() => req.session.save(() => who(req, res)));
};

const careful: Handler = (req, res) => {
  req.session.user = "Ada";
  req.session.save((error?: Error) => res.send(error?.name ?? "saved"));
};

const refuse: Handler = (req, res) => {
  req.session.visits = 1;
  res.status(401).send("wrong password");
};

const remember: Handler = (req, res) => {
  req.session.cookie.maxAge = Number(req.query["for"]);
  res.send("ok");
};

const over: Handler = (req, res) => {
  req.session.cookie.expires = new Date(Date.now() - 1000);
  res.send("ok");
};

const left: Handler = (req, res) => void res.json(req.session.cookie.maxAge);

suite("a request that changes nothing", () => {
  for (const options of [
    { resave: false },
    { resave: true },
    { resave: false, rolling: true },
    { resave: true, cookie: { maxAge: HOUR } },
    { resave: false, rolling: true, cookie: { maxAge: HOUR } },
  ]) {
    test(`writes nothing, and touches once in a tenth of the life: ${JSON.stringify(options)}`, async (t) => {
      const { ask, store, pass } = await serve(t, { login, who }, options);
      const cookie = cookieOf(await ask("/login"));
      store.calls = [];
      for (let count = 0; count < 5; count += 1) assert.equal(said(await ask("/who", cookie)), "200 Ada");
      assert.equal(store.count("set", "touch"), 0);
      const life = options.cookie?.maxAge ?? DAY;
      pass(life / 5);
      for (let count = 0; count < 5; count += 1) await ask("/who", cookie);
      assert.deepEqual([store.count("set"), store.count("touch")], [0, 1]);
      const { ttl } = store.calls.find(({ verb }) => verb === "touch") ?? {};
      assert.equal(ttl, life + life / 10);
    });
  }

  test("does not overwrite what another one wrote meanwhile", async (t) => {
    const waiting = Promise.withResolvers<() => void>();
    const slow: Handler = (req, res) => waiting.resolve(() => who(req, res));
    const { ask } = await serve(t, { login, who, slow, rename }, { resave: true });
    const cookie = cookieOf(await ask("/login"));
    const answer = ask("/slow", cookie);
    const goOn = await waiting.promise;
    await ask("/rename", cookie);
    goOn();
    assert.equal(said(await answer), "200 Ada");
    assert.equal(said(await ask("/who", cookie)), "200 Bob");
  });

  test("does not bring back a session that another one has destroyed", async (t) => {
    const waiting = Promise.withResolvers<() => void>();
    const slow: Handler = (req, res) => waiting.resolve(() => who(req, res));
    const { ask } = await serve(t, { login, who, slow, logout }, { resave: true });
    const cookie = cookieOf(await ask("/login"));
    const answer = ask("/slow", cookie);
    const goOn = await waiting.promise;
    await ask("/logout", cookie);
    goOn();
    await answer;
    assert.equal(said(await ask("/who", cookie)), "200 nobody");
  });

  test("is answered although the store has gone away since it was asked", async (t) => {
    const away: Handler = (req, res) => {
      store.away = true;
      who(req, res);
    };
    const { ask, store, pass } = await serve(t, { login, away });
    const cookie = cookieOf(await ask("/login"));
    pass(DAY / 2);
    assert.equal(said(await ask("/away", cookie)), "200 Ada");
    assert.equal(store.count("touch"), 1);
  });
});

suite("a request that changes its session", () => {
  test("writes the old content back where it says so, after another one wrote a new one", async (t) => {
    const { ask } = await serve(t, { set, who });
    const cookie = cookieOf(await ask("/set?user=Ada"));
    for (const user of ["Bob", "Ada", "Bob", "Ada"]) {
      await ask(`/set?user=${user}`, cookie);
      assert.equal(said(await ask("/who", cookie)), `200 ${user}`);
    }
  });

  test("can change, save, and change back", async (t) => {
    const { ask } = await serve(t, { login, twice, who });
    const cookie = cookieOf(await ask("/login"));
    await ask("/twice", cookie);
    assert.equal(said(await ask("/who", cookie)), "200 Ada");
  });

  test("writes once what it saves twice", async (t) => {
    const { ask, store } = await serve(t, { thorough });
    await ask("/thorough");
    assert.equal(store.count("set"), 1);
  });

  test("writes again what could not be saved before", async (t) => {
    const again: Handler = (req, res) => {
      req.session.user = "Bob";
      store.away = true;
      req.session.save(() => {
        store.away = false;
        req.session.save(() => who(req, res));
      });
    };
    const { ask, store } = await serve(t, { login, again, who });
    const cookie = cookieOf(await ask("/login"));
    await ask("/again", cookie);
    assert.equal(said(await ask("/who", cookie)), "200 Bob");
  });

  test("hears itself of a save that it asked for and that failed", async (t) => {
    const { ask, store } = await serve(t, { careful });
    store.away = true;
    for (let count = 0; count < 2; count += 1) assert.equal(said(await ask("/careful")), "200 StoreUnavailable");
  });

  test("is not completed as if all were well when the store goes away in its midst", async (t) => {
    const rename: Handler = (req, res) => {
      req.session.user = "Bob";
      store.away = true;
      res.redirect("/who");
    };
    const { ask, store } = await serve(t, { login, rename, who });
    const cookie = cookieOf(await ask("/login"));
    assert.match(said(await ask("/rename", cookie)), /reset|closed/);
    store.away = false;
    assert.equal(said(await ask("/who", cookie)), "200 Ada");
  });

  test("hears alone of what it could not save after its answer: the next request on the connection is not cut", async (t) => {
    const [answered, arrived, saved] = [0, 1, 2].map(() => Promise.withResolvers<void>());
    if (!answered || !arrived || !saved) throw new Error("three moments");
    let heard: unknown;
    const job: Handler = async (req, res) => {
      res.on("finish", answered.resolve).send("accepted");
      await arrived.promise;
      store.away = true;
      req.session.visits = 1;
      req.session.save((error: Error) => {
        heard = error.name;
        saved.resolve();
      });
    };
    const next: Handler = async (_req, res) => {
      arrived.resolve();
      await saved.promise;
      res.send("hello");
    };
    const { store, port } = await serve(t, { job, next });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const ask = async (path: string): Promise<string> => {
      const [answer] = (await once(get({ port, path, agent, host: "127.0.0.1" }), "response")) as [IncomingMessage];
      return text(answer);
    };
    assert.equal(await ask("/job"), "accepted");
    await answered.promise;
    assert.equal(await ask("/next"), "hello");
    assert.equal(heard, "StoreUnavailable");
  });

  test("keeps an answer that says already that something failed", async (t) => {
    const { ask, store } = await serve(t, { refuse });
    store.away = true;
    for (let count = 0; count < 2; count += 1) assert.equal(said(await ask("/refuse")), "401 wrong password");
  });
});

suite("how long a session lives", () => {
  test("is what its cookie says, and a tenth", async (t) => {
    const { ask, store } = await serve(t, { login }, { cookie: { maxAge: HOUR } });
    await ask("/login");
    const ttl = store.calls[0]?.ttl ?? 0;
    assert.ok(Math.abs(ttl - 1.1 * HOUR) < 5000, `${ttl} ms`);
  });

  test("is a day, and a tenth, where its cookie names no end", async (t) => {
    const { ask, store } = await serve(t, { login });
    await ask("/login");
    assert.equal(store.calls[0]?.ttl, DAY + DAY / 10);
  });

  for (const resave of [false, true]) {
    test(`changes with its cookie, in the session as well: resave ${resave}`, async (t) => {
      const { ask, store, stored } = await serve(t, { login, remember }, { resave, cookie: { maxAge: HOUR } });
      const cookie = cookieOf(await ask("/login"));
      for (const age of [30 * DAY, HOUR / 2]) {
        store.calls = [];
        await ask(`/remember?for=${age}`, cookie);
        const ttl = store.calls.find(({ verb }) => verb === "set")?.ttl ?? 0;
        assert.ok(Math.abs(ttl - 1.1 * age) < 5000, `${ttl} ms`);
        assert.ok(Math.abs((stored()[0]?.cookie.originalMaxAge ?? 0) - age) < 50);
        store.calls = [];
        await ask(`/remember?for=${age}`, cookie);
        assert.equal(store.count("set"), 0, "the same again is no change");
      }
    });
  }

  test("ends with an end in the past", async (t) => {
    const { ask, store } = await serve(t, { login, over, who }, { cookie: { maxAge: HOUR } });
    const cookie = cookieOf(await ask("/login"));
    await ask("/over", cookie);
    assert.equal(store.values.size, 0);
    assert.equal(said(await ask("/who", cookie)), "200 nobody");
  });

  test("is renewed by each request: the app never sees an end that has passed", async (t) => {
    const { ask, store } = await serve(t, { login, left }, { cookie: { maxAge: HOUR } });
    const cookie = cookieOf(await ask("/login"));
    const [[key = "", text = ""] = []] = store.values;
    store.values.set(key, text.replace(/"expires":"[^"]*"/, `"expires":"${new Date(0).toISOString()}"`));
    const answer = await ask("/left", cookie);
    assert.ok(Math.abs(Number(answer.response?.body.toString()) - HOUR) < 5000);
    assert.equal(store.count("set"), 1);
  });
});
