// A virtual month of a simulator with --alive: a number that writes to people who agreed, then to people who hardly did, then to
// strangers goes GREEN, YELLOW, RED; its account is warned and restricted; it falls silent and recovers. Twice, the same.
// dev: binary=both
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inParallel, keepAlive, launch, request, scratch, startReceiver, startSim } from './lib/varco.mjs';

const DAY = 86400000;
const [NUMBER, WABA] = ['100200300', '900800700'];
const builtIn = new URL('../../packs/simulator.json', import.meta.url);
const auth = { Authorization: 'Bearer any' };
// So many a day; who they are; a day without any lets the rest of the month pass.
const days = [
  ...Array(4).fill({ people: 300, consent: 'given', interest: 0.5 }),
  ...Array(3).fill({ people: 300, consent: 'stale', interest: 0 }),
  ...Array(6).fill({ people: 300, consent: 'none', interest: 0 }),
  ...Array(20).fill({ people: 0 }),
];

// Only the number's quality is to be seen here: the template is neither paced nor paused. Such files keep their comments.
function assumptions() {
  const file = join(scratch('sim-month'), 'assumptions.json');
  const set = (text, key, value) => text.replace(new RegExp(`("${key}": \\{ "value": )[0-9.]+`), `$1${value}`);
  let text = readFileSync(builtIn, 'utf8');
  for (const key of ['template_yellow', 'template_red', 'unreachable'])
    text = set(text, key, key === 'unreachable' ? 0 : 1);
  text = text.replaceAll(/("pacing_bad": \{ "value": )[0-9.]+/g, '$11');
  text = set(set(text, 'pacing_first', 1000000), 'level_0', 100000);
  writeFileSync(file, set(set(text, 'level_1', 200000), 'level_2', 300000));
  return file;
}

const phone = (i) => `+3933310${String(i).padStart(5, '0')}`;

async function month(file) {
  const secret = join(scratch('sim-month'), 'secret');
  writeFileSync(secret, 'a test secret\n');
  const receiver = await startReceiver();
  const sim = await startSim(['--clock', 'virtual', '--alive', '--assumptions', file, '--webhook', receiver.url,
    '--app-secret-file', secret]);
  const agent = keepAlive(8);
  const call = (method, path, body) => request(`${sim.url}/v25.0/${path}`, { method, headers: auth, body, agent });
  const send = (to) => call('POST', `${NUMBER}/messages`, {
    messaging_product: 'whatsapp', to, type: 'template', template: { name: 'news', language: { code: 'it' } },
  });
  const seen = { quality: [], health: [], codes: new Set() };
  const note = (list, word) => list.at(-1) !== word && list.push(word);
  const start = Date.parse('2026-11-22T09:00:00Z');

  await sim.clock({ now: start });
  await sim.config({ number: NUMBER, waba: WABA });
  await call('POST', `${WABA}/message_templates`, {
    name: 'news', language: 'it', category: 'MARKETING',
    components: [{ type: 'BODY', text: 'Le notizie della bottega. Scrivi STOP per non riceverne.' }],
  });
  await sim.idle();
  let next = 0;
  for (const [day, plan] of days.entries()) {
    const persons = Array.from({ length: plan.people }, () => phone(next++));
    if (persons.length) await sim.control('POST', 'people', { persons, consent: plan.consent, interest: plan.interest });
    for (let i = 0; i < persons.length; i += 50) {
      await inParallel(persons.slice(i, i + 50), async (to) => {
        const answer = await send(to);
        if (answer.status !== 200) seen.codes.add(answer.json().error.code);
      }, 1);
      await sim.clock({ advance_ms: 1000 });
    }
    for (let hour = 1; hour <= 24; hour++) {
      await sim.clock({ now: start + day * DAY + hour * DAY / 24 });
      await sim.idle();
      if (hour % 4) continue;
      const number = (await call('GET', `${NUMBER}?fields=quality_rating,health_status`)).json();
      note(seen.quality, number.quality_rating);
      note(seen.health, number.health_status.can_send_message);
    }
  }
  const { digest, history, wabas } = await sim.control('GET', 'enforcement');
  await sim.stop();
  await receiver.close();
  return { ...seen, digest, history, wabas, posts: receiver.posts.map((p) => p.json) };
}

test('a number falls and recovers, twice the same', async () => {
  const file = assumptions();
  const one = await month(file);
  assert.deepEqual(one.quality, ['UNKNOWN', 'GREEN', 'YELLOW', 'RED', 'YELLOW', 'GREEN'].slice(-one.quality.length));
  assert.ok(one.quality.length >= 5, one.quality.join());
  assert.deepEqual(one.health, ['AVAILABLE', 'LIMITED', 'AVAILABLE']);
  assert.deepEqual([...one.codes], [368]);
  assert.equal(one.wabas[0].standing, 'free');
  const told = JSON.stringify(one.posts);
  for (const word of ['ACCOUNT_VIOLATION', 'ACCOUNT_RESTRICTION', 'RESTRICTED_BIZ_INITIATED_MESSAGING'])
    assert.ok(told.includes(word), word);
  const line = (what) => one.history.find((x) => x.what === what);
  assert.ok(line('warned').at < line('restricted').at && line('restricted').at < line('restriction_ended').at);

  const two = await month(file);
  assert.equal(two.digest, one.digest);
  assert.deepEqual(two.history, one.history);
});

test('assumptions that make no sense are refused', async () => {
  const bad = join(scratch('sim-month'), 'bad.json');
  writeFileSync(bad, readFileSync(builtIn, 'utf8').replace('"forget_days"', '"forgot_days"'));
  const rows = [
    [['--alive', '--assumptions', bad], 2, /ladder\.forget_days/],
    [['--alive', '--assumptions', '/nonexistent'], 1, /nonexistent/],
    [['--assumptions', bad], 2, /--alive/],
  ];
  for (const [args, code, said] of rows) {
    const sim = launch(['sim', '--listen', '127.0.0.1:0', ...args], { env: { LC_ALL: 'C' } });
    assert.equal((await sim.exited).code, code, args.join(' '));
    assert.match(sim.log(), said);
  }
});
