// dev: long
// dev: binary=release
// The gateway is killed with SIGKILL, VARCO_KILL_CYCLES times (200), at random moments and at chosen ones, under load. The
// simulator lives on: its log is the truth about what was sent. After every kill the gateway starts anew on the same state,
// and what it acknowledged, what the simulator received and what is on record are compared. lib/kill_load.mjs makes the load,
// lib/kill_acts.mjs the consents, erasures and imports beside it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import os from 'node:os';
import util from 'node:util';
import { inParallel, keepAlive, launch, request, sleep, startWorld, until, varcoBin } from './lib/varco.mjs';
import { Acts } from './lib/kill_acts.mjs';
import { Load } from './lib/kill_load.mjs';

const CYCLES = Number(process.env.VARCO_KILL_CYCLES ?? 200);
const HITS_WANTED = Math.min(10, Math.floor(CYCLES / 20)); // fewer only when fewer cycles are asked for
const READY_LIMIT_MS = 5000; // the promise: a killed gateway serves again within this time
const SETTLED = ['accepted', 'sent', 'delivered', 'read'];
const WANTED = ['ready', 'sending', 'accepted, unanswered', 'webhook committed, unanswered', 'consent act committed, unanswered',
  'import, in its middle'];
const VERIFIED_EACH = 25; // cycles

// What the run came to; printed at its end.
const tally = {
  kills: {}, hits: {}, cases: {}, acts: {}, answers: {}, states: {}, readyMs: [], recoveriesCounted: 0,
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

// By how much everything takes longer, since others have their share of this machine.
function burden() {
  return Math.max(1, os.loadavg()[0] / os.availableParallelism());
}

// --- when to kill ---

async function atRandom() {
  await sleep(random(30, 500));
}

// The held sends are due together: then many are `ready` at one moment.
async function whenReady({ world, load }) {
  const agent = keepAlive(1);
  const headers = { Authorization: `Bearer ${world.adminToken}` };
  const end = Date.now() + 2000 * burden();
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

async function atFirstAct({ load, acts }) {
  await load.settleDown(random(20, 200));
  await acts.burst(48);
}

// Some of its rows are on record, others are not.
async function inAnImport({ world, acts }) {
  await sleep(random(20, 200));
  const { name } = acts.startTable();
  const agent = keepAlive(1);
  const headers = { Authorization: `Bearer ${world.adminToken}` };
  const end = Date.now() + 2000 * burden();
  while (Date.now() < end) {
    const r = await request(`${world.url}/api/v1/imports?limit=5`, { agent, headers });
    if (r.json().items.some((x) => x.name === name && x.rows > 0)) break;
  }
  agent.destroy();
}

const plans = [
  { name: 'random', wait: atRandom },
  { name: 'some are ready', wait: whenReady },
  { name: 'first answer', wait: atFirstAnswer },
  { name: 'first webhook answer', wait: atFirstWebhookAnswer },
  { name: 'in an import', wait: inAnImport },
  { name: 'random', wait: atRandom },
  { name: 'on the wire', wait: whenOnTheWire },
  { name: 'first answer', wait: atFirstAnswer },
  { name: 'random, and again at start', wait: atRandom, again: true },
  { name: 'first consent act', wait: atFirstAct },
];

// --- starting again ---

// What the start found in the store: sends by the state in which the kill left them.
async function recovered(gateway) {
  const line = await until(() => /recovered.*sending=(\d+) ready=(\d+) held=(\d+)/.exec(gateway.log()), 'a word about recovery');
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
  assert.ok(took <= READY_LIMIT_MS * burden(), `it took ${Math.round(took)} ms to serve again`);
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

// What was `sending` is `unknown` now; what was held may be under way since. It can be counted when the simulator has told nothing
// since.
function checkUnknown(found, decisions, startedAt, quiet) {
  const left = [...decisions.values()].filter((d) => d.state === 'sending' && Date.parse(d.updated_at) < startedAt);
  assert.deepEqual(left, [], 'under way since before the start');
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

// The acts of a person are what was answered, and perhaps one more; that one asked for again, they are what was asked for.
async function checkPerson(acts, person) {
  const seen = await acts.shown(person);
  const open = person.deeds.findIndex((x) => !x.answered);
  if (open < 0) {
    assert.deepEqual(seen, Acts.expected(person), `the acts of ${person.bsuid}`);
    return undefined;
  }
  const done = util.isDeepStrictEqual(seen, Acts.expected(person));
  if (!done) assert.deepEqual(seen, Acts.expected(person, open), `the acts of ${person.bsuid}, of which the last was not answered`);
  await acts.repeat(person, person.deeds[open]);
  assert.deepEqual(await acts.shown(person), Acts.expected(person), `the acts of ${person.bsuid}, asked for twice`);
  return done ? person.deeds[open].kind : undefined;
}

// An import that was answered is whole. Of another there is what its record says, and importing it again completes it.
async function checkTable(acts, table, imports) {
  const { known } = await acts.import(table, true);
  const whole = table.bsuids.length;
  if (table.answered) {
    assert.equal(known, whole, `${table.name} was answered, and ${known} rows are on record`);
    return;
  }
  const { rows = 0, state = 'none' } = imports.get(table.name) ?? {};
  assert.equal(known, rows, `${table.name} took ${rows} rows, and ${known} are on record`);
  assert.equal(state, rows === whole ? 'done' : imports.has(table.name) ? 'stopped' : 'none');
  hit('import, in its middle', Number(rows > 0 && rows < whole));
  const again = await acts.import(table);
  assert.deepEqual([again.accepted, again.known], [whole, known], `${table.name} again`);
}

async function checkActs(acts, cycle) {
  const people = acts.people.filter((x) => x.cycle === cycle);
  const found = { grant: 0, withdraw: 0, erase: 0 };
  await inParallel(people, async (person) => {
    const kind = await checkPerson(acts, person);
    if (kind) found[kind]++;
  });
  hit('consent act committed, unanswered', found.grant + found.withdraw);
  hit('erasure committed, unanswered', found.erase);
  const forgotten = people.filter((x) => x.deeds.at(-1)?.kind === 'erase');
  if (forgotten.length) assert.equal(await acts.blocked(forgotten), forgotten.length, 'forgotten people that stay blocked');
  const imports = await acts.imports();
  for (const table of acts.tables.filter((x) => x.cycle === cycle)) await checkTable(acts, table, imports);
}

// A checkpoint that was given away before a kill holds of the ledger that is there after it.
function verifyLedger(world) {
  const r = spawnSync(varcoBin, ['ledger', 'verify', '--state-dir', world.state, '--checkpoint', join(world.directory, 'point.txt')],
    { encoding: 'utf8' });
  assert.equal(r.status, 0, r.stdout + r.stderr);
}

async function keepCheckpoint(world) {
  const { checkpoint } = await until(() => world.api('POST', '/api/v1/ledger/checkpoint', {}).catch((error) => {
    assert.equal(error.status, 503, error.message); // still being summed up
  }), 'a checkpoint');
  writeFileSync(join(world.directory, 'point.txt'), checkpoint);
}

async function nothingWaits(world) {
  await until(async () => {
    const { queues } = await world.api('GET', '/api/v1/status');
    return queues.held + queues.ready + queues.sending === 0;
  }, 'the end of what was held');
}

// --- one cycle ---

async function cycleOnce(state, cycle) {
  const { world, load, acts } = state;
  const plan = plans[cycle % plans.length];
  const began = Date.now() - 1;

  if (cycle % VERIFIED_EACH === 0) await keepCheckpoint(world);
  await load.begin(cycle);
  acts.begin(cycle);
  await plan.wait(state);
  await world.gateway.kill();
  await load.end();
  await acts.end();
  count('kills', plan.name);
  if (plan.again) await killAtStart(world);

  const told = (await world.sim.stats()).webhooks.answered;
  const startedAt = Date.now();
  const found = await startAgain(world);
  const decisions = await decisionsSince(world, began);
  const quiet = !plan.again && (await world.sim.stats()).webhooks.answered === told;
  for (const name of ['sending', 'ready', 'held']) hit(name, found[name]);

  state.mark = await checkReceipts(state, decisions);
  checkUnknown(found, decisions, startedAt, quiet);
  await checkSends(load, cycle, decisions);
  await checkWebhooks(load, cycle);
  await checkActs(acts, cycle);
  if (cycle % VERIFIED_EACH === 0) verifyLedger(world);
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

// Every act that was ever asked for is on record once, and no other; nobody who was forgotten is.
async function checkExport({ world, acts }) {
  const { text } = await request(`${world.url}/api/v1/consents/export?format=csv`,
    { headers: { Authorization: `Bearer ${world.adminToken}` } });
  const cells = text.split('\r\n').map((line) => line.split('","').slice(1, 5));
  const found = cells.filter(([bsuid]) => bsuid?.startsWith('IT.Kill')).map((x) => x.join());
  const wanted = acts.tables.flatMap((table) => table.bsuids.map((bsuid) => `${bsuid},marketing,grant,${table.at}`));
  for (const person of acts.people) {
    for (const act of Object.keys(Acts.expected(person) ?? {})) wanted.push(`${person.bsuid},marketing,${act.replace(' ', ',')}`);
  }
  count('acts', 'on record in the end', found.length);
  found.sort();
  wanted.sort();
  const first = wanted.findIndex((x, i) => x !== found[i]);
  assert.equal(found[first], wanted[first], 'the acts on record in the end');
  assert.equal(found.length, wanted.length);
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
  await checkExport(state);
  verifyLedger(world);
}

// --- the closing table ---

function table(title, rows) {
  return [title, ...rows.map(([name, ...values]) =>
    `  ${name.padEnd(32)}${values.map((x) => String(x).padStart(9)).join('')}`)];
}

function report(load, acts) {
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
      ['consent acts and erasures', acts.people.reduce((n, x) => n + x.deeds.length, 0)],
      ['tables imported', acts.tables.length], ...Object.entries(tally.acts),
      ['starts whose unknowns were counted', tally.recoveriesCounted],
      ['ms from start to ready, median', ms[Math.floor(ms.length / 2)]],
      ['ms from start to ready, longest', ms.at(-1)],
    ]),
  ].join('\n'));
}

test(`nothing is lost or doubled by ${CYCLES} kills`, async () => {
  const world = await startWorld({ gateway: { policy: { wait_ms: 0 } }, company: { people: 0 } });
  const load = new Load(world);
  const acts = new Acts(world);
  const state = { world, load, acts, mark: 0 };
  const began = Date.now() - 1;

  await load.prepare(CYCLES);
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    await cycleOnce(state, cycle).catch((error) => {
      error.message = `cycle ${cycle}, ${plans[cycle % plans.length].name}: ${error.message}`;
      throw error;
    });
  }
  await checkAll(state, began);
  report(load, acts);
  for (const name of WANTED) {
    assert.ok((tally.hits[name] ?? 0) >= HITS_WANTED, `only ${tally.hits[name] ?? 0} kills hit: ${name}`);
  }
  await world.stop();
});
