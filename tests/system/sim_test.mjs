// The simulator as its own process: what it refuses to start with, how it ends, TLS, and that the same seed makes the same run.
// Everything else about it is tested beside its sources.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { launch, request, scratch, sign, startProcess, startReceiver, startSim, until } from './lib/varco.mjs';

const MESSAGES = '/v25.0/100200300/messages';
const auth = { Authorization: 'Bearer any' };
const template = (to) => ({
  messaging_product: 'whatsapp', to, type: 'template', template: { name: 'order_sent', language: { code: 'it' } },
});

test('what it does not start with', async () => {
  const rows = [
    [['--listen', '0.0.0.0:0'], 2, /loopback only/],
    [['--listen', '192.0.2.1:0'], 2, /loopback only/],
    [['--clock', 'lunar'], 2, /real or virtual/],
    [['--seed', 'oats'], 2, /not a number/],
    [['--webhook', 'http://127.0.0.1:1/'], 2, /secret/],
    [['--people', '/nonexistent'], 1, /nonexistent/],
    [['--nonsense'], 2, /nonsense/],
  ];
  for (const [args, code, said] of rows) {
    const sim = launch(['sim', '--listen', '127.0.0.1:0', ...args], { env: { LC_ALL: 'C' } });
    assert.equal((await sim.exited).code, code, args.join(' '));
    assert.match(sim.log(), said);
  }
});

test('it ends in good order, also with calls and webhooks under way', async () => {
  const secret = join(scratch('sim'), 'secret');
  writeFileSync(secret, 'a test secret\n');
  const receiver = await startReceiver();
  const sim = await startSim(['--webhook', receiver.url, '--app-secret-file', secret]);
  await sim.fault({ path: '/messages', kind: 'delay_ms:60000' });
  const late = request(sim.url + MESSAGES, { method: 'POST', headers: auth, body: template('+393331234567') });
  late.catch(() => {});
  await until(async () => (await sim.log()).length === 1, 'the call');
  await sim.stop();
  await assert.rejects(late);
  await receiver.close();
});

test('TLS', async () => {
  const dir = scratch('sim-tls');
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '1',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'ignore' });
  const sim = await startProcess(['sim', '--listen', '127.0.0.1:0', '--tls-cert', cert, '--tls-key', key]);
  assert.match(sim.url, /^https:/);
  const answer = await request(sim.url + MESSAGES, {
    method: 'POST', headers: auth, body: template('+393331234567'), ca: readFileSync(cert, 'utf8'),
  });
  assert.equal(answer.status, 200);
  await sim.stop();
});

// A script of calls under a standing clock; what comes back and what is logged, but for addresses and the time.
async function play() {
  const sim = await startSim(['--clock', 'virtual']);
  await sim.clock({ now: '2026-11-22T12:00:00Z' });
  const seen = [];
  for (let i = 0; i < 30; i++) {
    await sim.inbound({ from: '+393331234567', text: `Ciao ${i}` });
    const answer = await request(sim.url + MESSAGES, { method: 'POST', headers: auth, body: template(`+4477009000${10 + i}`) });
    seen.push(answer.text);
    await sim.clock({ advance_ms: 60000 });
    await sim.idle();
  }
  const { delivered, read } = await sim.stats();
  const log = (await sim.log()).map(({ n, at, status, wamid, body }) => ({ n, at, status, wamid, body }));
  await sim.stop();
  return { seen, delivered, read, log };
}

test('the same seed makes the same run', async () => {
  const [one, two] = [await play(), await play()];
  assert.equal(one.delivered, 30);
  assert.ok(one.read > 10 && one.read < 30);
  assert.deepEqual(one, two);
});

test('signatures are over the bytes that come, which are ASCII', async () => {
  const secret = join(scratch('sim'), 'secret');
  writeFileSync(secret, 'a test secret');
  const receiver = await startReceiver();
  const sim = await startSim(['--webhook', receiver.url, '--app-secret-file', secret]);
  await sim.inbound({ from: '+393331234567', text: 'perché 👍' });
  const [got] = receiver.posts;
  assert.match(got.raw.toString(), /perch\\u00e9 \\ud83d\\udc4d/);
  assert.equal(got.headers['x-hub-signature-256'], sign('a test secret', got.raw));
  await sim.stop();
  await receiver.close();
});
