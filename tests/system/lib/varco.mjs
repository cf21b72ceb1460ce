// What tests of the whole binary share. Plain Node, no packages; VARCO_BIN is the binary, VARCO_NODE the Node that runs this.
//
//   import { startWorld, person, text, template } from './lib/varco.mjs';
//   const world = await startWorld({ gateway: { policy: { mode: 'observe' } }, sim: ['--clock', 'virtual'] });
//   after(() => world.stop());
//
// A world is a simulator, a gateway in enforce mode in front of it, and the company of company.mjs, all on loopback.
//   world.api(method, path, body)     Varco's API as the operator; the answer's JSON, an Error with .status and .problem else
//   world.send(body, {key, prefer, headers, number, path, appKey, agent, query})
//                                     an app's send; resolves to the answer (http.mjs) with .decision
//                                     (connections are kept open; agent: false takes a fresh one)
//   world.webhook(envelope, {secret, raw, signature, headers, agent})   a post to /webhooks/meta, signed unless told otherwise
//   world.decision(id)                the stored decision; settled(id, states) waits until it is in one of them
//   world.app                         {id, name, key}
//   world.url                         of the gateway; it stays the same over restarts
//   world.gateway                     the process (process.mjs) of `serve --config world.configFile`; .kill() it, then
//   world.startGateway()              starts it anew on the same state and the same port
//   world.sim                         the simulator's control: log, sends, fault, inbound, status, clock, config, idle
//   world.stop()                      both end in good order, or it rejects
// Options: gateway {section: {key: value}}, gatewayArgs [flags], gatewayEnv {}, sim [flags], company: false (nothing is
// entered) or options of seed(), simWebhooks: false (the simulator posts nothing), asks: true (the gateway asks Meta by itself how
// its accounts are), ca (PEM of the authority behind the
// gateway's certificate, when gateway.server has one).
// startReceiver() is an app's webhook that remembers what it got; until(fn) waits for something to become true;
// inParallel(items, run) runs an async function over all of them, 32 at once.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { company, seed } from './company.mjs';
import { keepAlive, request, sign } from './http.mjs';
import { scratch, startProcess } from './process.mjs';

export * from './company.mjs';
export * from './http.mjs';
export * from './process.mjs';
export { sleep };

const UNTIL_MS = 120000; // on a machine that has five times as much to do as it can

// Polls until fn() gives something true, and gives that back. It fails a test, it does not time one: the limit is generous.
export async function until(fn, what = 'it', limitMs = UNTIL_MS) {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await fn();
    if (found) return found;
    assert.ok(Date.now() < end, `${what} did not come about`);
    await sleep(20);
  }
}

// The next day of that name (0 is Sunday) but for today and tomorrow, at that hour in UTC, in ms: where tests put the simulator's
// clock. What they entered by the clock on the wall lies before it, whenever they run.
export function comingDay(weekday, hour) {
  const day = new Date(Date.now() + 2 * 86400000);
  day.setUTCHours(hour, 0, 0, 0);
  while (day.getUTCDay() !== weekday) day.setUTCDate(day.getUTCDate() + 1);
  return day.getTime();
}

export async function inParallel(items, run, atOnce = 32) {
  const left = [...items].reverse();
  await Promise.all(Array.from({ length: Math.min(atOnce, left.length) }, async () => {
    while (left.length) await run(left.pop());
  }));
}

// --- the simulator ---

// "v1.dec_….mac" as the simulator received it → "dec_…"
export function decisionOf(token) {
  return /^v1\.(dec_[0-9a-z]{13})\.[0-9a-f]{16}$/.exec(token ?? '')?.[1];
}

export async function startSim(args = []) {
  const listen = args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
  const process_ = await startProcess(['sim', ...listen, '--seed', '1', ...args]);
  const agent = keepAlive(8);
  async function control(method, path, body, by = agent) {
    const r = await request(`${process_.url}/_sim/${path}`, { method, body, agent: by });
    assert.equal(r.status, 200, `/_sim/${path}: ${r.text}`);
    return r.json();
  }
  const sim = {
    url: process_.url,
    process: process_,
    control,
    config: (values) => control('POST', 'config', values),
    fault: (values) => control('POST', 'faults', values),
    clearFaults: () => control('DELETE', 'faults'),
    inbound: (values) => control('POST', 'inbound', values),
    status: (values) => control('POST', 'status', values),
    clock: (values) => control('POST', 'clock', values),
    now: async () => (await control('GET', 'clock')).ms,
    stats: () => control('GET', 'stats'),
    log: async (since = 0) => (await control('GET', `log?since=${since}`)).items,
    // The number of the newest entry: what comes after it is log(mark). By a connection of its own, which waits behind those
    // that were made before: on an old one it could overtake bytes that had long been written.
    mark: async () => (await control('GET', 'stats', undefined, false)).log.last,
    // Messages that came in, accepted or not: {n, status, wamid, to, token, decision, body, path}
    async sends(since = 0) {
      const items = await sim.log(since);
      return items.filter((x) => x.method === 'POST' && /messages$/.test(x.path)).map(readSend);
    },
    // Every webhook that was due has been taken; with `all`, none is to come later either.
    idle: (all = false) => until(async () => {
      const { idle, appointments } = await sim.stats();
      return idle && !(all && appointments);
    }, 'quiet at the simulator', 4 * UNTIL_MS), // a webhook that failed ten times is tried again after 256 s
    async stop() {
      agent.destroy();
      await process_.stop();
    },
  };
  return sim;
}

function readSend(item) {
  const body = typeof item.body === 'string' ? JSON.parse(item.body) : item.body;
  const token = body.biz_opaque_callback_data;
  return {
    n: item.n, status: item.status, wamid: item.wamid, path: item.path, headers: item.headers,
    to: body.to, token, decision: decisionOf(token), body,
  };
}

// --- the gateway ---

function ini(sections) {
  return Object.entries(sections).map(([section, values]) =>
    `[${section}]\n${Object.entries(values).map(([key, value]) => `${key} = ${value}\n`).join('')}`).join('\n');
}

// An address of our own in 127/8: nobody else's connection takes its port between a kill and the next start.
export function ownAddress(path) {
  const [a, b, c] = createHash('sha256').update(path).digest();
  return `127.${64 + (a % 128)}.${b}.${1 + (c % 254)}`;
}

function merge(base, over = {}) {
  const merged = { ...base };
  for (const [section, values] of Object.entries(over)) merged[section] = { ...base[section], ...values };
  return merged;
}

// The pack of a test's gateway: the built-in one or the one of `file`. For the built-in one it is never night, unless `night`: what
// tests send must not depend on the hour at which they run, and where quiet hours are what is tested, the clock is the simulator's.
// Unless it `asks`, a gateway asks Meta nothing by itself: it would from a minute behind its start on, which few tests last, and more
// on a busy machine, and then what the simulator says takes the place of what a test entered.
const packs = new Map();
export function packFor({ file, night = false, asks = false } = {}) {
  const key = JSON.stringify([file, night, asks]);
  if (packs.has(key)) return packs.get(key);
  let pack = readFileSync(file ?? new URL('../../../packs/default.json', import.meta.url), 'utf8');
  const change = (from, to) => {
    const changed = pack.replace(from, to);
    assert.notEqual(changed, pack, `${from}`);
    pack = changed;
  };
  if (!file && !night) change(/"limit\.quiet_hours": "\w+"/, '"limit.quiet_hours": "off"');
  if (!asks) change(/("polling": \{\s*"first_s": )\d+/, '$131536000');
  const made = join(scratch('pack'), 'pack.json');
  writeFileSync(made, pack);
  packs.set(key, made);
  return made;
}

// The [store] of a gateway that does not mind how full the disk of this machine is, and the same as its environment.
export const anyDisk = { ballast_mib: 0, low_percent: 0, low_mib: 0, stop_percent: 0 };
export const anyDiskEnv = Object.fromEntries(Object.entries(anyDisk).map(([key, value]) => [`VARCO_STORE_${key.toUpperCase()}`, String(value)]));

export async function startWorld(options = {}) {
  const directory = scratch('world');
  const sim = await startSim(options.sim);
  const state = join(directory, 'state');
  const file = join(directory, 'varco.conf');
  mkdirSync(state, { mode: 0o700 });
  let agent;
  let config = merge({
    server: { listen: `${ownAddress(directory)}:0`, state_dir: state },
    store: anyDisk,
    upstream: { base_url: sim.url },
    policy: { mode: 'enforce' },
    log: { level: 'info' },
  }, options.gateway);
  config.policy.pack = packFor({ file: config.policy.pack, night: config.server.clock === 'upstream', asks: options.asks });

  const world = { sim, directory, state, configFile: file };

  world.startGateway = async (over) => {
    config = merge(config, over);
    writeFileSync(file, ini(config));
    agent?.destroy();
    agent = keepAlive(128, options.ca);
    world.gateway = await startProcess(
      ['serve', '--config', file, ...(options.gatewayArgs ?? [])], { env: options.gatewayEnv });
    world.url = world.gateway.url;
    config.server.listen = new URL(world.url).host;
    return world.gateway;
  };

  world.api = async (method, path, body) => {
    const r = await request(world.url + path, {
      method, body, agent, headers: { Authorization: `Bearer ${world.adminToken}` },
    });
    if (r.status >= 400) {
      throw Object.assign(new Error(`${method} ${path}: ${r.status} ${r.text}`), {
        status: r.status, problem: r.headers['content-type'] === 'application/problem+json' ? r.json() : undefined,
      });
    }
    return r.json();
  };

  world.send = async (body, o = {}) => {
    const path = `/v25.0/${o.number ?? company.number}/${o.path ?? 'messages'}${o.query ?? ''}`;
    const r = await request(world.url + path, {
      method: 'POST', body, agent: o.agent ?? agent, timeoutMs: o.timeoutMs,
      headers: {
        Authorization: `Bearer ${o.appKey ?? world.app.key}`,
        'Content-Type': 'application/json',
        ...(o.key && { 'Idempotency-Key': o.key }),
        ...(o.prefer && { Prefer: o.prefer }),
        ...o.headers,
      },
    });
    r.decision = r.headers['varco-decision'];
    return r;
  };

  world.webhook = async (envelope, o = {}) => {
    const raw = o.raw ?? JSON.stringify(envelope);
    return request(`${world.url}/webhooks/meta`, {
      method: 'POST', body: raw, agent: o.agent ?? agent,
      headers: {
        'Content-Type': 'application/json',
        'X-Hub-Signature-256': o.signature ?? sign(o.secret ?? company.secret, raw),
        ...o.headers,
      },
    });
  };

  world.decision = (id) => world.api('GET', `/api/v1/decisions/${id}`);
  world.settled = (id, states) => until(async () => {
    const d = await world.decision(id);
    return states.includes(d.state) && d;
  }, `${id} in ${states.join(' or ')}`);

  world.stop = async () => {
    agent.destroy();
    await world.gateway.stop();
    await sim.stop();
  };

  await world.startGateway();
  world.adminToken = readFileSync(join(state, 'admin.token'), 'utf8').trim();
  await sim.config({ portfolio: company.portfolio, waba: company.waba, country: 'IT', throughput: 1000 });
  for (const [i, number] of company.numbers.entries()) {
    await sim.config({
      portfolio: company.portfolio, waba: company.waba, number, display: company.displays[i], throughput: 1000,
    });
  }
  if (options.simWebhooks !== false) {
    await sim.config({ webhook: `${world.url}/webhooks/meta`, app_secret: company.secret });
  }
  if (options.company !== false) world.app = await seed(world.api, options.company);
  return world;
}

// --- an app's webhook ---

// posts: [{headers, raw, json, status}] in the order of arrival; answer(n, post) may give another status than 200.
export async function startReceiver(answer = () => 200) {
  const posts = [];
  const server = http.createServer((req, res) => {
    const chunks = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      const raw = Buffer.concat(chunks);
      const post = { headers: req.headers, raw, json: JSON.parse(raw.toString('utf8')) };
      posts.push(post);
      post.status = answer(posts.length, post);
      res.writeHead(post.status);
      res.end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    posts,
    url: `http://127.0.0.1:${server.address().port}/hook`,
    close: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}
