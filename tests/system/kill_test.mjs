// dev: binary=release
// The gateway is killed with SIGKILL, VARCO_KILL_CYCLES times (200), at random moments and at chosen ones, under load. The
// simulator lives on: its log is the truth about what was sent. After every kill the gateway starts anew on the same state,
// and what it acknowledged, what the simulator received and what is on record are compared. lib/kill_load.mjs makes the load.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inParallel, keepAlive, launch, request, sleep, startWorld, until } from './lib/varco.mjs';
import { Load } from './lib/kill_load.mjs';

const CYCLES = Number(process.env.VARCO_KILL_CYCLES ?? 200);
const HITS_WANTED = Math.min(10, Math.floor(CYCLES / 20)); // fewer only when fewer cycles are asked for
const READY_LIMIT_MS = 5000; // the promise: a killed gateway serves again within this time
const SETTLED = ['accepted', 'sent', 'delivered', 'read'];
const WANTED = ['ready', 'sending', 'accepted, unanswered', 'webhook committed, unanswered'];

// What the run came to; printed at its end.
const tally = {
  kills: {}, hits: {}, cases: {}, answers: {}, states: {}, readyMs: [], recoveriesCounted: 0,
};

function count(group, name, by = 1) {
  tally[group][name] = (tally[group][name] ?? 0) + by;
}

// One kill found so many sends, or webhooks, in that state.
function hit(state, cases) {
  if (!cases) return;
  count('hits', state);
  count('cases', state, cases);
}

function random(from, to) {
  return from + Math.random() * (to - from);
}

// --- when to kill ---

async function atRandom() {
  await sleep(random(30, 600));
}

// The held sends are due together: then many are `ready` at one moment.
async function whenReady({ world, load }) {
  const agent = keepAlive(1);
  const headers = { Authorization: `Bearer ${world.adminToken}` };
  const end = Date.now() + 2000;
  await sleep(Math.max(0, load.heldUntil - Date.now()));
  while (Date.now() < end) {
    const r = await request(`${world.url}/api/v1/status`, { agent, headers });
    if (r.json().queues.ready > 0) break;
  }
  agent.destroy();
}

// The simulator has taken a message, and who sent it has no answer yet.
async function whenOnTheWire({ world, load, mark }) {
  await sleep(random(20, 300));
  let since = mark;
  for (let found = false; !found;) {
    const sends = await world.sim.sends(since);
    found = sends.some((x) => x.status === 200 && !load.byBody(x.body)?.answer);
    since = sends.at(-1)?.n ?? since;
  }
}

// A burst is recorded in few commits: at its first answer most of it is durable and not yet answered.
async function atFirstAnswer({ load }) {
  await load.settleDown(random(20, 200));
  await load.burstOfSends(48);
}

async function atFirstWebhookAnswer({ load }) {
  await load.settleDown(random(20, 200));
  await load.burstOfWebhooks(48);
}

const plans = [
  { name: 'random', wait: atRandom },
  { name: 'some are ready', wait: whenReady },
  { name: 'first answer', wait: atFirstAnswer },
  { name: 'first webhook answer', wait: atFirstWebhookAnswer },
  { name: 'some are ready', wait: whenReady },
  { name: 'random', wait: atRandom },
  { name: 'on the wire', wait: whenOnTheWire },
  { name: 'first answer', wait: atFirstAnswer },
  { name: 'random, and again at start', wait: atRandom, again: true },
  { name: 'first webhook answer', wait: atFirstWebhookAnswer },
];

// --- starting again ---

// What the start found in the store: sends by the state in which the kill left them.
function recovered(gateway) {
  const line = /recovered.*sending=(\d+) ready=(\d+) held=(\d+)/.exec(gateway.log());
  assert.ok(line, `nothing is said about recovery:\n${gateway.log()}`);
  const [sending, ready, held] = line.slice(1).map(Number);
  return { sending, ready, held };
}

// Killed while it recovers: start-up must be as safe as anything else.
async function killAtStart(world) {
  const start = launch(['serve', '--config', world.configFile]);
  await sleep(random(0, 40));
  await start.kill();
}

async function startAgain(world) {
  const began = performance.now();
  await world.startGateway();
  await until(async () => (await request(`${world.url}/readyz`)).status === 200, 'readyz');
  const took = performance.now() - began;
  tally.readyMs.push(took);
  assert.ok(took <= READY_LIMIT_MS, `it took ${Math.round(took)} ms to serve again`);
  return recovered(world.gateway);
}

async function decisionsSince(world, since) {
  const found = new Map();
  let cursor = '';
  do {
    const page = await world.api('GET',
      `/api/v1/decisions?limit=1000&since=${new Date(since).toISOString()}${cursor}`);
    for (const d of page.items) found.set(d.decision, d);
    cursor = page.next ? `&cursor=${page.next}` : '';
  } while (cursor);
  return found;
}

function inState(decisions, state) {
  return [...decisions.values()].filter((d) => d.state === state).length;
}

// --- what must hold after every kill ---

// Nothing arrived twice: neither a decision's message nor that of an idempotency key; and each has its record.
async function checkReceipts({ world, load, mark }, decisions) {
  const sends = (await world.sim.sends(mark)).filter((x) => x.status === 200);
  for (const x of sends) {
    assert.ok(x.decision, `a message came without our token: ${JSON.stringify(x.body)}`);
    const record = load.byBody(x.body);
    assert.ok(record, 'a message came that nobody sent');
    assert.ok(!load.receipts.has(x.decision), `${x.decision} was sent twice`);
    assert.ok(!record.receipt, `the message of key ${record.key} was sent twice`);
    record.receipt = x;
    load.receipts.set(x.decision, x);
  }
  await inParallel(sends.filter((x) => !decisions.has(x.decision)), (x) => world.decision(x.decision));
  return sends.at(-1)?.n ?? mark;
}

// What was `sending` is `unknown` now. It can be counted when the simulator has told nothing since.
function checkUnknown(found, decisions, quiet) {
  assert.equal(inState(decisions, 'sending'), 0, 'nothing is under way after a start');
  if (!quiet) return;
  assert.equal(inState(decisions, 'unknown'), found.sending, 'sends that were under way');
  tally.recoveriesCounted++;
}

function checkAnswered(record, decisions) {
  const { status, decision, wamid } = record.answer;
  const d = decisions.get(decision);
  assert.ok(d, `${decision} was answered ${status} and is not on record`);
  if (status !== 200) return;
  assert.ok(SETTLED.includes(d.state), `${decision} was answered 200 and is ${d.state}`);
  assert.equal(d.wamid, wamid, `${decision} was answered with another message id`);
  assert.equal(record.receipt?.decision, decision, `${decision} was answered 200 and never sent`);
  assert.equal(record.receipt.wamid, wamid);
}

// Whoever got no answer asks again with the same key. The stored answer is Meta's own, with contacts; one that was put together
// from a later status has none.
async function retry(load, record) {
  const r = await load.post(record);
  assert.ok(r.status === 504 || load.fits(record, r.status), `a retry was answered ${r.status} ${r.text}`);
  if (r.status === 504) assert.equal(r.headers['varco-outcome'], 'unknown');
  record.retried = { status: r.status, decision: r.decision };
  if (!record.receipt || r.status !== 200) return false;
  assert.equal(r.json().messages[0].id, record.receipt.wamid);
  return Boolean(r.json().contacts);
}

async function checkSends(load, cycle, decisions) {
  const records = load.records.filter((x) => x.cycle === cycle);
  for (const record of records) if (record.answer) checkAnswered(record, decisions);
  let stored = 0;
  await inParallel(records.filter((x) => !x.answer), async (record) => {
    if (await retry(load, record)) stored++;
  });
  hit('accepted, unanswered', stored);
}

// Acknowledged: the effect is there. Not acknowledged: it may be; posted again it is, and counts once.
async function checkWebhooks(load, cycle) {
  let committed = 0;
  await inParallel(load.posts.filter((x) => x.cycle === cycle), async (post) => {
    const seen = await load.isInForce(post);
    if (post.answered) {
      assert.ok(seen, `a webhook was answered 200 without effect: ${post.kind}`);
      return;
    }
    if (seen) committed++;
    await load.repeat(post);
    assert.ok(await load.isInForce(post), `a repeated webhook has no effect: ${post.kind}`);
  });
  hit('webhook committed, unanswered', committed);
}

async function nothingWaits(world) {
  await until(async () => {
    const { queues } = await world.api('GET', '/api/v1/status');
    return queues.held + queues.ready + queues.sending === 0;
  }, 'the end of what was held');
}

// --- one cycle ---

async function cycleOnce(state, cycle) {
  const { world, load } = state;
  const plan = plans[cycle % plans.length];
  const began = Date.now() - 1;

  await load.begin(cycle);
  await plan.wait(state);
  await world.gateway.kill();
  await load.end();
  count('kills', plan.name);
  if (plan.again) await killAtStart(world);

  const told = (await world.sim.stats()).webhooks.answered;
  const found = await startAgain(world);
  const decisions = await decisionsSince(world, began);
  const quiet = !plan.again && (await world.sim.stats()).webhooks.answered === told;
  for (const name of ['sending', 'ready', 'held']) hit(name, found[name]);

  state.mark = await checkReceipts(state, decisions);
  checkUnknown(found, decisions, quiet);
  await checkSends(load, cycle, decisions);
  await checkWebhooks(load, cycle);
  await nothingWaits(world);
}

// --- what must hold in the end ---

// Varco's own word to who wrote STOP: the simulator has heard of no message of theirs, and takes no free form outside a window.
const isRefusedConfirmation = (d) => d.app === 'varco' && d.state === 'failed' && d.error_code === 131047;

// The simulator's webhooks have come, however often the gateway was away: what it took is settled, what it did not take is not.
function checkLedgerOfAll(load, decisions) {
  for (const d of decisions.values()) {
    count('states', d.state);
    const receipt = load.receipts.get(d.decision);
    if (receipt) {
      assert.equal(d.state, 'delivered', `${d.decision} was sent and is ${d.state}`);
      assert.equal(d.wamid, receipt.wamid);
    } else {
      assert.ok(['unknown', 'refused'].includes(d.state) || isRefusedConfirmation(d), `${d.decision} is ${d.state} and was never sent`);
    }
  }
  for (const decision of load.receipts.keys()) assert.ok(decisions.has(decision));
}

async function checkRecord(load, record, decisions) {
  const { answer, retried, receipt } = record;
  const said = answer ?? retried;
  count('answers', answer ? String(answer.status) : `none, then ${retried.status}`);
  if (receipt) assert.equal(receipt.decision, said.decision, `${record.key} left under another decision`);
  if (said.status === 200) assert.ok(receipt, `${record.key} was answered 200 and never sent`);
  if (said.status === 202) {
    const { state } = decisions.get(said.decision);
    assert.equal(state, receipt ? 'delivered' : 'unknown', `a held send is ${state} in the end`);
  }
  if (said.status === 429) assert.ok(!receipt, `${record.key} was answered 429 and left`);
  if (answer || retried.status === 200 || retried.status === 429) return;
  const r = await load.post(record);
  assert.equal(r.status, receipt ? 200 : 504, r.text);
  if (receipt) assert.equal(r.json().messages[0].id, receipt.wamid);
}

// Places that a limit gave away before a kill are not given away again; those of unknown sends stay taken.
function checkPlaces(load, decisions) {
  const queue = load.records.filter((x) => x.mayBeFull);
  const wanted = queue.filter((x) => !x.receipt).length;
  const taken = queue.filter((x) => x.receipt).length;
  const number = queue[0].number;
  const unknown = [...decisions.values()].filter((d) => d.number === number && d.state === 'unknown').length;
  assert.ok(wanted - unknown > 0, 'nobody found the portfolio full');
  assert.equal(taken + unknown, load.places, `${taken} places were taken, ${unknown} perhaps`);
}

async function checkAll(state, began) {
  const { world, load } = state;
  await world.sim.idle(true);
  state.mark = await checkReceipts(state, new Map());
  const decisions = await decisionsSince(world, began);
  checkLedgerOfAll(load, decisions);
  checkPlaces(load, decisions);
  await inParallel(load.records, (record) => checkRecord(load, record, decisions));
  const late = await world.sim.sends(state.mark);
  const now = await decisionsSince(world, began);
  for (const x of late) assert.equal(now.get(x.decision)?.app, 'varco', 'asking again sent something');
  assert.equal(new Set(late.map((x) => x.decision)).size, late.length, 'a confirmation left twice');
}

// --- the closing table ---

function table(title, rows) {
  return [title, ...rows.map(([name, ...values]) =>
    `  ${name.padEnd(32)}${values.map((x) => String(x).padStart(9)).join('')}`)];
}

function report(load) {
  const ms = tally.readyMs.map(Math.round).sort((a, b) => a - b);
  const states = [...new Set([...WANTED, ...Object.keys(tally.hits)])];
  console.log([
    ...table('kills, by the moment', Object.entries(tally.kills)),
    ...table('hit by a kill                      kills    cases',
      states.map((x) => [x, tally.hits[x] ?? 0, tally.cases[x] ?? 0])),
    ...table('sends, by their first answer', Object.entries(tally.answers)),
    ...table('decisions, by their last state', Object.entries(tally.states)),
    ...table('and', [
      ['sends', load.records.length], ['received by the simulator', load.receipts.size],
      ['webhooks posted', load.posts.length],
      ['starts whose unknowns were counted', tally.recoveriesCounted],
      ['ms from start to ready, median', ms[Math.floor(ms.length / 2)]],
      ['ms from start to ready, longest', ms.at(-1)],
    ]),
  ].join('\n'));
}

test(`nothing is lost or doubled by ${CYCLES} kills`, async () => {
  const world = await startWorld({ gateway: { policy: { wait_ms: 0 } }, company: { people: 0 } });
  const load = new Load(world);
  const state = { world, load, mark: 0 };
  const began = Date.now() - 1;

  await load.prepare(CYCLES);
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    await cycleOnce(state, cycle).catch((error) => {
      error.message = `cycle ${cycle}, ${plans[cycle % plans.length].name}: ${error.message}`;
      throw error;
    });
  }
  await checkAll(state, began);
  report(load);
  for (const name of WANTED) {
    assert.ok((tally.hits[name] ?? 0) >= HITS_WANTED, `only ${tally.hits[name] ?? 0} kills hit: ${name}`);
  }
  await world.stop();
});
