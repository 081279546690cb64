const element = (id) => document.getElementById(id);
const slots = new Map();
let latest = null;

async function request(path, options) {
  const response = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(5000), ...options });
  const worker = { slot: response.headers.get("X-Slot"), pid: response.headers.get("X-Pid") };
  seen(worker);
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const body = isJson ? await response.json() : null;
  if (!response.ok) throw new Error(body?.error ?? `answer ${response.status}`);
  return { body, worker };
}

function send(path, method, content) {
  const headers = { "Content-Type": "application/json" };
  return request(path, { method, headers, body: JSON.stringify(content) });
}

function seen({ slot, pid }) {
  const known = slots.get(slot);
  const entry = known ?? { pid, answers: 0, replaced: null, gone: false };
  if (entry.pid !== pid) Object.assign(entry, { pid, answers: 0, replaced: entry.pid, gone: false });
  entry.answers += 1;
  slots.set(slot, entry);
  latest = slot;
  showWorkers();
}

const named = (slot) => (slot === "-" ? "this process" : `slot ${slot}`);
const by = ({ slot, pid }) => `${named(slot)}, pid ${pid}`;

function text(tag, className, content) {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = content;
  return node;
}

function workerCard([slot, { pid, answers, replaced, gone }], most) {
  const card = document.createElement("li");
  card.classList.toggle("latest", slot === latest && !gone);
  card.classList.toggle("replaced", replaced !== null && !gone);
  card.classList.toggle("gone", gone);
  const bar = text("div", "share", "");
  bar.style.width = `${gone ? 0 : (100 * answers) / most}%`;
  const count = gone ? "killed" : `${answers} ${answers === 1 ? "answer" : "answers"}`;
  const after = replaced !== null && !gone ? `, after pid ${replaced}` : "";
  card.append(text("span", "slot", named(slot)), text("span", "pid", pid), text("span", "count", count + after), bar);
  return card;
}

function showWorkers() {
  const entries = [...slots].toSorted(([a], [b]) => Number(a) - Number(b));
  const answers = entries.map(([, entry]) => entry.answers);
  element("workers").replaceChildren(...entries.map((entry) => workerCard(entry, Math.max(...answers))));
  element("total").textContent = `${answers.reduce((sum, count) => sum + count, 0)} answers`;
}

const note = (message) => {
  element("note").textContent = message;
};

async function ask(times) {
  const before = slots.size;
  await Promise.all(Array.from({ length: times }, () => request("worker")));
  note(before === slots.size ? `${times} more answers.` : `${slots.size} worker(s) have answered so far.`);
}

/** Asks until the slot answers with another pid. The requests in between are answered by the other workers. */
async function waitForReplacement({ slot, pid }) {
  const started = performance.now();
  while (performance.now() - started < 15_000) {
    await Promise.allSettled(Array.from({ length: 4 }, () => request("worker")));
    if (slots.get(slot).pid !== pid) return performance.now() - started;
  }
  throw new Error(`${named(slot)} has not answered with a new pid for 15 s`);
}

async function kill() {
  const { worker } = await request("worker", { method: "DELETE" });
  slots.get(worker.slot).gone = true;
  showWorkers();
  note(`${named(worker.slot)}: pid ${worker.pid} killed, waiting for its replacement …`);
  const ms = await waitForReplacement(worker);
  note(
    `${named(worker.slot)}: pid ${worker.pid} was killed, pid ${slots.get(worker.slot).pid} answers ${ms.toFixed(0)} ms later.`,
  );
  await Promise.all([whoAmI(), listUsers()]);
}

function showLogin({ body, worker }) {
  const name = body?.name ?? null;
  element("login").hidden = name !== null;
  element("logged-in").hidden = name === null;
  element("login-from").textContent =
    `${by(worker)}: ${name === null ? "nobody is logged in." : `you are logged in as ${name}.`}`;
}

const whoAmI = async () => showLogin(await request("login"));
const logOut = async () => showLogin(await request("login", { method: "DELETE" }));

async function logIn() {
  showLogin(await send("login", "POST", { name: element("login-name").value }));
  element("login").reset();
}

function userRow({ id, name }) {
  const row = document.createElement("li");
  const remove = text("button", "", "Delete");
  remove.addEventListener("click", () => void act(remove, () => removeUser(id)));
  row.append(text("span", "", name), remove);
  return row;
}

async function listUsers(before = "") {
  const { body, worker } = await request("users");
  element("users").replaceChildren(...body.map(userRow));
  element("users-from").textContent = `${before}${body.length} user(s), read by ${by(worker)}.`;
}

async function removeUser(id) {
  const { worker } = await request(`users/${id}`, { method: "DELETE" });
  await listUsers(`Deleted by ${by(worker)}. `);
}

async function addUser() {
  const { body, worker } = await send("users", "POST", { name: element("name").value });
  element("add").reset();
  await listUsers(`${body.name} was added by ${by(worker)}. `);
}

/** Runs one action at a time per button, and tells of its failure in the button's section. */
async function act(button, action) {
  const status = button.closest("section").querySelector("[role=status]");
  button.disabled = true;
  try {
    await action();
  } catch (error) {
    status.textContent = error.message;
  } finally {
    button.disabled = false;
  }
}

const onClick = (id, action) => element(id).addEventListener("click", (event) => void act(event.currentTarget, action));

onClick("ask", () => ask(24));
onClick("kill", kill);
onClick("refresh", () => listUsers());
onClick("who", whoAmI);
onClick("logout", logOut);

const onSubmit = (id, action) =>
  element(id).addEventListener("submit", (event) => {
    event.preventDefault();
    void act(event.submitter, action);
  });

onSubmit("add", addUser);
onSubmit("login", logIn);

await ask(24);
await Promise.all([whoAmI(), listUsers()]);
element("visits").textContent = String((await request("visits")).body.visits);
