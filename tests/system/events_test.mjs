// GET /api/v1/events: a stream that says which kinds of things changed.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, afterEach, test } from 'node:test';
import { company, person, request, startWorld, text, until } from './lib/varco.mjs';

const STREAMS = 128; // on one loop

const world = await startWorld({ gatewayArgs: ['--threads', '1'] });
let stopped = false;
const open = new Set();
afterEach(() => { open.forEach((s) => s.close()); open.clear(); });
after(() => (stopped ? world.sim.stop() : world.stop()));

// {status, events: [{event, data}], ended, close()}
function listen(headers = { Authorization: `Bearer ${world.adminToken}` }) {
  return new Promise((resolve, reject) => {
    const req = http.get(`${world.url}/api/v1/events`, { headers, agent: false }, (res) => {
      const stream = { status: res.statusCode, headers: res.headers, events: [], ended: false, close: () => req.destroy() };
      let rest = '';
      res.setEncoding('utf8').on('data', (chunk) => {
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop();
        for (const block of blocks) {
          const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: ?/, 2)));
          if (fields.event) stream.events.push({ event: fields.event, data: fields.data });
        }
      });
      res.on('end', () => { stream.ended = res.complete; });
      res.on('error', () => {});
      open.add(stream);
      resolve(stream);
    });
    req.on('error', reject);
  });
}

const topics = (stream, from) => stream.events.slice(from).filter((e) => e.event === 'changed').flatMap((e) => e.data.split(' '));

test('it greets, and tells of what was committed', async () => {
  const stream = await listen();
  assert.equal(stream.status, 200);
  assert.equal(stream.headers['content-type'], 'text/event-stream');
  assert.equal(stream.headers['cache-control'], 'no-store');
  await until(() => stream.events.length, 'a greeting');
  assert.deepEqual(stream.events[0], { event: 'hello', data: 'all' });

  const acts = [
    ['a refused message', () => world.send(text(person(90), 'Ciao')), 'decision'],
    ['an act of the operator', () => world.api('POST', `/api/v1/numbers/${company.number}/pause`, { purpose: 'marketing', reason: 'prova' }), 'pause'],
    ['a consent', () => world.api('POST', '/api/v1/consents', {
      phone: person(91), purpose: 'marketing', evidence: 'form', source: 'sito', text: 'Sì',
    }), 'person'],
    ['an incident', () => world.api('POST', '/api/v1/incidents', { scope: 'waba', object: company.waba, kind: 'restricted', text: 'Prova' }), 'incident'],
  ];
  for (const [what, act, topic] of acts) {
    const from = stream.events.length;
    await act();
    await until(() => topics(stream, from).includes(topic), `${topic} after ${what}`);
  }
});

test('it is not for strangers, and only to be read', async () => {
  for (const headers of [{}, { Authorization: 'Bearer wrong' }, { Cookie: '__Host-varco=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }])
    assert.equal((await request(`${world.url}/api/v1/events`, { headers })).status, 401);
  const headers = { Authorization: `Bearer ${world.adminToken}` };
  for (const method of ['POST', 'DELETE', 'HEAD']) {
    const r = await request(`${world.url}/api/v1/events`, { method, headers });
    assert.equal(r.status, 405, method);
    assert.match(r.headers.allow, /GET/);
  }
});

test('only so many may listen, and who goes makes room', async () => {
  const streams = [];
  // Those of the test before may still be about to go.
  for (let i = 0; i < STREAMS; i++) {
    streams.push(await until(async () => {
      const stream = await listen();
      return stream.status === 200 && stream;
    }, 'a place'));
  }
  const r = await request(`${world.url}/api/v1/events`, { headers: { Authorization: `Bearer ${world.adminToken}` } });
  assert.deepEqual([r.status, r.json().code], [503, 'E_BUSY']);
  assert.ok(Number(r.headers['retry-after']) > 0);
  streams.forEach((s) => s.close());
  const again = await until(async () => {
    const stream = await listen();
    return stream.status === 200 && stream;
  }, 'room');
  assert.equal(again.status, 200);
});

test('a gateway that stops ends its streams in good order', async () => {
  const stream = await listen();
  await until(() => stream.events.length, 'a greeting');
  await world.gateway.stop();
  stopped = true;
  await until(() => stream.ended, 'the end');
});
