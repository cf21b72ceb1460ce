// Whatever comes in: nasty JSON, wrong types, half requests, two requests that look like one, and clients that drip. Each
// is answered with a clear 4xx or cut off, nothing of it reaches the simulator, and the gateway serves on.
//
// The dripping clients begin first and are looked at last: all the rest happens meanwhile.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { badValues, badWholes, goodValues } from './lib/bad_json.mjs';
import { exchange, head, startDrip } from './lib/raw.mjs';
import { company, person, request, startWorld } from './lib/varco.mjs';

const PEOPLE = 20;
const MESSAGES = `/v25.0/${company.number}/messages`;
let world;
let drips;
let serial = 0;

const authorization = (key = world.app.key) => ({ Authorization: `Bearer ${key}` });

function goodBody(to = person(1 + serial++ % PEOPLE)) {
  return JSON.stringify({ messaging_product: 'whatsapp', to, type: 'text', text: { body: 'Ciao' } });
}

// The value stands in a member that nobody asks for.
function around(object, value) {
  return Buffer.concat([Buffer.from(`${object.slice(0, -1)},"x":`), value, Buffer.from('}')]);
}

// With a key, for the same words go to the same people again and again.
function post(body) {
  return world.send(body, { key: `bad-input-${++serial}` });
}

// It lives, it is ready, and a message goes through.
async function servesOn() {
  for (const path of ['/healthz', '/readyz']) assert.equal((await request(world.url + path)).status, 200);
  const mark = await world.sim.mark();
  const r = await post(goodBody());
  assert.equal(r.status, 200, r.text);
  assert.deepEqual((await world.sim.sends(mark)).map((x) => x.decision), [r.decision]);
}

// A request of its own inside a socket: nobody may ever see it arrive.
function smuggled(word) {
  const body = JSON.stringify({
    messaging_product: 'whatsapp', to: person(1), type: 'text', text: { body: `SMUGGLED ${word}` },
  });
  return `${head('POST', MESSAGES, {
    ...authorization(), 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body),
  })}${body}`;
}

async function assertNothingSmuggled() {
  for (const { body } of await world.sim.sends()) assert.ok(!JSON.stringify(body).includes('SMUGGLED'));
}

before(async () => {
  world = await startWorld({ company: { people: PEOPLE } });
  await world.sim.config({ statuses: 'none' });
  for (let i = 1; i <= PEOPLE; i++) await world.sim.inbound({ number: company.number, from: person(i), text: 'Ciao' });
  const body = smuggled('drip').split('\r\n\r\n')[1];
  const headers = { ...authorization(), 'Content-Type': 'application/json' };
  drips = [
    ...Array.from({ length: 8 }, () => head('POST', MESSAGES, { ...headers, 'X-Long': 'x'.repeat(1000) })),
    ...Array.from({ length: 8 }, () => '\r\n'),
    ...Array.from({ length: 4 }, () => 'GET /'),
  ].map((bytes) => startDrip(world.url, bytes));
  const withLength = head('POST', MESSAGES, { ...headers, 'Content-Length': body.length });
  const chunked = head('POST', MESSAGES, { ...headers, 'Transfer-Encoding': 'chunked' });
  drips.push(...[withLength, chunked].flatMap((start) => Array.from({ length: 6 }, () => {
    const chunks = start === chunked ? [...body].map((c) => `1\r\n${c}\r\n`).join('') : body;
    return startDrip(world.url, chunks, { first: start });
  })));
});
after(async () => {
  for (const drip of drips ?? []) drip.stop();
  await world?.stop();
});

describe('JSON that a strict reader refuses', () => {
  after(servesOn);
  const webhook = '{"object":"whatsapp_business_account","entry":[]}';
  const consent = `{"phone":"${person(1)}","purpose":"all","evidence":"form"}`;

  async function assertRefusedEverywhere(make) {
    const mark = await world.sim.mark();
    const sent = await post(make(goodBody()));
    assert.equal(sent.status, 400, sent.text);
    const { code, varco } = sent.json().error;
    assert.equal(code, 100);
    const rule = varco.rules.find((x) => x.id === 'message.invalid');
    assert.match(rule.because, /JSON|stands twice|must be one JSON object|is required/);
    const posted = await world.webhook(undefined, { raw: make(webhook) });
    assert.equal(posted.status, 400, posted.text);
    const asked = await request(`${world.url}/api/v1/consents`, {
      method: 'POST', body: make(consent), headers: authorization(world.adminToken), agent: world.agent,
    });
    assert.equal(asked.status, 400, asked.text);
    assert.equal(asked.headers['content-type'], 'application/problem+json');
    assert.deepEqual(await world.sim.sends(mark), []);
  }

  test('there are 250 cases and more', () => {
    assert.ok(badValues.length + badWholes('{}').length >= 250);
  });
  for (const { name, value } of badValues) {
    test(name, () => assertRefusedEverywhere((object) => around(object, value)));
  }
  for (const [i, { name }] of badWholes('{}').entries()) {
    test(name, () => assertRefusedEverywhere((object) => badWholes(object)[i].body));
  }
});

describe('JSON that only looks bad', () => {
  after(servesOn);
  for (const { name, value } of goodValues) {
    test(name, async () => {
      const mark = await world.sim.mark();
      const body = around(goodBody(), value);
      const r = await post(body);
      assert.equal(r.status, 200, r.text);
      const [arrived] = (await world.sim.log(mark)).filter((x) => x.path === MESSAGES);
      const token = /,"biz_opaque_callback_data":"v1\.[\w.]+"/;
      assert.match(arrived.body, token);
      assert.equal(arrived.body.replace(token, ''), body.toString(), 'byte for byte');
    });
  }
});

// --- bytes that are no request, or more than one ---

const line = (text) => text.replaceAll('\n', '\r\n');
const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const start = (extra, path = MESSAGES) =>
  `POST ${path} HTTP/1.1\r\nHost: varco.test\r\nAuthorization: Bearer ${world.app.key}\r\n${line(extra)}\r\n`;

// What two servers may read as two different things: [name, the bytes in front of a smuggled send].
const smugglings = [
  ['length and coding', () => `${start('Content-Length: 4\nTransfer-Encoding: chunked\n')}0\r\n\r\n`],
  ['coding and length', () => `${start('Transfer-Encoding: chunked\nContent-Length: 4\n')}0\r\n\r\n`],
  ['two lengths', () => `${start('Content-Length: 0\nContent-Length: 4\n')}`],
  ['the same length twice', () => `${start('Content-Length: 0\nContent-Length: 0\n')}`],
  ['two lengths in one', () => start('Content-Length: 0, 4\n')],
  ['a length with a sign', () => start('Content-Length: +0\n')],
  ['a length below nothing', () => start('Content-Length: -1\n')],
  ['a length in hexadecimal', () => start('Content-Length: 0x0\n')],
  ['a length with a fraction', () => start('Content-Length: 0.0\n')],
  ['an empty length', () => start('Content-Length: \n')],
  ['a length beyond 64 bits', () => start('Content-Length: 18446744073709551616\n')],
  ['a length of 64 bits', () => start('Content-Length: 18446744073709551615\n')],
  ['a length with blanks inside', () => start('Content-Length: 0 0\n')],
  ['a blank before the colon of the length', () => start('Content-Length : 0\n')],
  ['a blank before the colon of the coding', () => `${start('Transfer-Encoding : chunked\n')}0\r\n\r\n`],
  ['a tab before the colon of the coding', () => `${start('Transfer-Encoding\t: chunked\n')}0\r\n\r\n`],
  ['two codings', () => `${start('Transfer-Encoding: chunked\nTransfer-Encoding: identity\n')}0\r\n\r\n`],
  ['chunked twice', () => `${start('Transfer-Encoding: chunked, chunked\n')}0\r\n\r\n`],
  ['identity, then chunked', () => `${start('Transfer-Encoding: identity, chunked\n')}0\r\n\r\n`],
  ['an unknown coding', () => `${start('Transfer-Encoding: xchunked\n')}0\r\n\r\n`],
  ['a coding in quotes', () => `${start('Transfer-Encoding: "chunked"\n')}0\r\n\r\n`],
  ['a coding with a parameter', () => `${start('Transfer-Encoding: chunked;q=1\n')}0\r\n\r\n`],
  ['a coding behind a vertical tab', () => `${start('Transfer-Encoding: \vchunked\n')}0\r\n\r\n`],
  ['an empty coding', () => `${start('Transfer-Encoding: \n')}0\r\n\r\n`],
  ['a coding in HTTP/1.0', () => `${start('Transfer-Encoding: chunked\n').replace('HTTP/1.1', 'HTTP/1.0')}0\r\n\r\n`],
  ['a folded coding', () => `${start('Transfer-Encoding:\n chunked\n')}0\r\n\r\n`],
  ['a folded header', () => start('X-Long: a\n b\n')],
  ['a header folded by a tab', () => start('X-Long: a\n\tb\n')],
  ['lines that end in a bare line feed', () => start('').replaceAll('\r\n', '\n')],
  ['one line that ends in a bare line feed', () => start('').replace('varco.test\r\n', 'varco.test\n')],
  ['a bare carriage return', () => start('X-A: a\rTransfer-Encoding: chunked\n')],
  ['a line feed after a bare carriage return', () => start('X-A: a\r\r\n')],
  ['a zero byte in a value', () => start('X-A: a\0b\n')],
  ['a zero byte in a name', () => start('X\0A: a\n')],
  ['a header without a name', () => start(': a\n')],
  ['a header without a colon', () => start('X-A\n')],
  ['a blank in a name', () => start('X A: a\n')],
  ['bytes beyond ASCII in a name', () => start('X-é: a\n')],
  ['a control byte in a value', () => start('X-A: a\x01b\n')],
  ['no host', () => start('').replace('Host: varco.test\r\n', '')],
  ['two hosts', () => start('Host: other.test\n')],
  ['an empty host', () => start('').replace('varco.test', '')],
  ['a host with a path', () => start('').replace('varco.test', 'varco.test/x')],
  ['a target in absolute form', () => start('').replace('POST ', 'POST http://varco.test')],
  ['a target in authority form', () => start('').replace(MESSAGES, 'varco.test:80')],
  ['a target that is a star', () => start('').replace(MESSAGES, '*')],
  ['a target without a slash', () => start('').replace(MESSAGES, 'messages')],
  ['a target with a fragment', () => start('').replace(MESSAGES, `${MESSAGES}#x`)],
  ['a blank in the target', () => start('').replace(MESSAGES, '/a b')],
  ['two blanks before the target', () => start('').replace('POST /', 'POST  /')],
  ['two blanks before the version', () => start('').replace(' HTTP', '  HTTP')],
  ['a tab in the request line', () => start('').replace('POST /', 'POST\t/')],
  ['bytes beyond ASCII in the target', () => start('').replace(MESSAGES, '/é')],
  ['a zero byte in the target', () => start('').replace(MESSAGES, '/a\0b')],
  ['no target', () => start('').replace(`${MESSAGES} `, '')],
  ['no version', () => start('').replace(' HTTP/1.1', '')],
  ['HTTP/2.0', () => start('').replace('HTTP/1.1', 'HTTP/2.0')],
  ['HTTP/1.2', () => start('').replace('HTTP/1.1', 'HTTP/1.2')],
  ['HTTP/0.9', () => start('').replace('HTTP/1.1', 'HTTP/0.9')],
  ['a version in small letters', () => start('').replace('HTTP/1.1', 'http/1.1')],
  ['a version with a comma', () => start('').replace('HTTP/1.1', 'HTTP/1,1')],
  ['a method in small letters', () => start('').replace('POST', 'post')],
  ['an unknown method', () => start('').replace('POST', 'FETCH')],
  ['a method with a blank in front', () => ` ${start('')}`],
  ['empty lines in front', () => `\r\n\r\n\r\n${start('')}`],
  ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a TLS hello', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['a proxy protocol line', () => 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'],
  ['JSON on the wire', () => '{"to":"x"}\r\n\r\n'],
  ['an expectation that is none', () => start('Expect: 200-ok\nContent-Length: 0\n')],
  ['a chunk size that is no number', () => `${start('Transfer-Encoding: chunked\n')}zz\r\n`],
  ['a chunk size below nothing', () => `${start('Transfer-Encoding: chunked\n')}-1\r\n`],
  ['a chunk size with a prefix', () => `${start('Transfer-Encoding: chunked\n')}0x0\r\n\r\n`],
  ['a chunk size with a blank in front', () => `${start('Transfer-Encoding: chunked\n')} 0\r\n\r\n`],
  ['a chunk size beyond 64 bits', () => `${start('Transfer-Encoding: chunked\n')}10000000000000000\r\n`],
  ['an empty chunk size', () => `${start('Transfer-Encoding: chunked\n')}\r\n`],
  ['a chunk that ends in a line feed', () => `${start('Transfer-Encoding: chunked\n')}0\n\n`],
  ['a chunk longer than its size', () => `${start('Transfer-Encoding: chunked\n')}1\r\nab\r\n0\r\n\r\n`],
  ['endless chunk extensions', () => `${start('Transfer-Encoding: chunked\n')}0;${'a'.repeat(70000)}\r\n\r\n`],
  ['endless trailers', () => `${start('Transfer-Encoding: chunked\n')}0\r\n${'X: a\r\n'.repeat(5000)}\r\n`],
];

describe('what two servers may read differently', () => {
  after(servesOn);
  for (const [name, make] of smugglings) {
    test(name, async () => {
      const r = await exchange(world.url, Buffer.from(make() + smuggled(name), 'latin1'));
      assert.equal(r.statuses.length, 1, r.text);
      assert.ok([400, 417, 505].includes(r.statuses[0]), r.text);
      assert.ok(r.closed);
      assert.match(r.answers[0].body, /"message":"[^"]{15,}"/, 'it says why');
    });
  }

  test('a body that looks like a request is a body', async () => {
    const inner = smuggled('in a body');
    const r = await exchange(world.url,
      `${head('GET', '/healthz', { 'Content-Length': inner.length, Connection: 'close' })}${inner}`);
    assert.deepEqual(r.statuses, [200]);
  });

  test('what follows a refused request is not read', async () => {
    const good = head('GET', '/healthz');
    const r = await exchange(world.url, `${good}${good}${start('Content-Length: x\n')}${smuggled('behind')}`);
    assert.deepEqual(r.statuses, [200, 200, 400]);
  });
});

describe('unusual, but right', () => {
  after(servesOn);
  const sends = async (bytes, ...wanted) => {
    const r = await exchange(world.url, bytes, { answers: wanted.length });
    assert.deepEqual(r.statuses, wanted, r.text);
  };
  const withLength = (extra = '') => {
    const body = goodBody();
    return `${start(`Idempotency-Key: u${++serial}\n${extra}Content-Length: ${body.length}\n`)}${body}`;
  };
  const withChunks = (...chunks) =>
    `${start(`Idempotency-Key: u${++serial}\nTransfer-Encoding: Chunked\n`)}${chunks.join('')}0\r\n\r\n`;

  test('chunks, one byte each', () => sends(withChunks(...[...goodBody()].map(chunk)), 200));
  test('chunks with extensions, zeros in front, and trailers', async () => {
    const body = goodBody();
    const size = `000${body.length.toString(16).toUpperCase()};a=b`;
    const text = withChunks(`${size}\r\n${body}\r\n`);
    await sends(`${text.slice(0, -2)}X-Trailer: a\r\n\r\n`, 200);
  });
  test('an empty line in front', () => sends(`\r\n${withLength()}`, 200));
  test('names in small letters, tabs around values', () =>
    sends(withLength('X-A:\ta\t\n').replace('Host', 'host').replace('Content-Length', 'content-length'), 200));
  test('a value in Latin-1', () => sends(Buffer.from(withLength('X-A: caf\xe9\n'), 'latin1'), 200));
  test('HTTP/1.0', () => sends(withLength().replace('HTTP/1.1', 'HTTP/1.0'), 200));
  test('a client that waits for 100', async () => {
    const [first] = withLength('Expect: 100-continue\n').split('{');
    const r = await exchange(world.url, first, { answers: 1 });
    assert.deepEqual(r.statuses, [100]);
  });
  test('several at once are answered in their order', () => sends([
    head('GET', '/healthz'), head('GET', '/nothing'), withLength(), head('GET', '/readyz'),
    `${start('Content-Length: 1\n')}{`, head('DELETE', '/healthz'), withLength()].join(''), 200, 404, 200, 200, 400, 405, 200));
  test('a hundred at once', () => sends(head('GET', '/healthz').repeat(100), ...Array(100).fill(200)));
});

describe('too much', () => {
  after(servesOn);
  const big = (path, headers, body, status) => async () => {
    const r = await request(world.url + path, { method: 'POST', headers, body }).catch((e) => e);
    // The answer comes before all is read; a client that goes on writing may only see the connection end.
    if (r instanceof Error) assert.match(r.code, /ECONNRESET|EPIPE/);
    else assert.equal(r.status, status, r.text);
  };
  const mebibyte = 1 << 20;
  const declared = (path, length, extra = '') =>
    exchange(world.url, start(`${extra}Content-Length: ${length}\n`, path)).then((r) => r.statuses);

  test('a send of more than a mebibyte, told in advance', async () => {
    assert.deepEqual(await declared(MESSAGES, mebibyte + 1), [413]);
  });
  test('a webhook of more than four', async () => {
    assert.deepEqual(await declared('/webhooks/meta', 4 * mebibyte + 1), [413]);
  });
  test('a stranger\'s large table', async () => {
    assert.deepEqual(await declared('/api/v1/consents/import', mebibyte + 1), [413]);
  });
  test('a path that there is not', async () => {
    assert.deepEqual(await declared('/nothing', 1e15), [413]);
  });
  test('a send that grows beyond it in chunks', async () => {
    const piece = chunk('x'.repeat(65536));
    const r = await exchange(world.url, `${start('Transfer-Encoding: chunked\n')}${piece.repeat(17)}`);
    assert.deepEqual(r.statuses, [413]);
  });
  test('a send of a mebibyte is read, and is no JSON', big(MESSAGES, {}, 'x'.repeat(mebibyte), 401));
  test('a hundred headers and one', async () => {
    const r = await exchange(world.url, start('X-A: a\n'.repeat(101)));
    assert.deepEqual(r.statuses, [431]);
  });
  test('headers of seventeen KiB', async () => {
    const r = await exchange(world.url, start(`X-A: ${'a'.repeat(17000)}\n`));
    assert.deepEqual(r.statuses, [431]);
  });
  test('a header that never ends', async () => {
    const r = await exchange(world.url, `GET / HTTP/1.1\r\nX-A: ${'a'.repeat(200000)}`);
    assert.deepEqual(r.statuses, [431]);
  });
  test('a path of seventeen KiB', async () => {
    assert.deepEqual((await exchange(world.url, head('GET', `/${'a'.repeat(17000)}`))).statuses, [414]);
  });
  test('an Idempotency-Key of 256 bytes', async () => {
    assert.equal((await world.send(goodBody(), { key: 'k'.repeat(256) })).status, 400);
  });
});

// --- requests that end early ---

describe('half requests', () => {
  after(servesOn);
  test('cut anywhere, by a client that leaves', async () => {
    const whole = smuggled('half');
    const cuts = [1, 4, 5, 20, whole.indexOf('HTTP'), whole.indexOf('\r\n') + 1, whole.indexOf('\r\n') + 2, 120,
      whole.indexOf('\r\n\r\n') + 1, whole.indexOf('\r\n\r\n') + 4, whole.length - 40, whole.length - 1];
    for (const cut of cuts) {
      const r = await exchange(world.url, whole.slice(0, cut), { end: true });
      assert.ok(r.statuses.every((status) => status >= 400 && status < 500), `cut at ${cut}: ${r.text}`);
      assert.ok(r.closed);
    }
  });

  test('cut in the middle of a chunk, and before the last one', async () => {
    const body = smuggled('half').split('\r\n\r\n')[1];
    for (const chunks of [chunk(body), chunk(body).slice(0, -9), `${chunk(body)}0`, `${chunk(body)}0\r\n`]) {
      const r = await exchange(world.url, `${start('Transfer-Encoding: chunked\n')}${chunks}`, { end: true });
      assert.deepEqual(r.statuses.filter((status) => status < 400), []);
      assert.ok(r.closed);
    }
  });

  test('five hundred connections that say nothing and leave', async () => {
    for (let i = 0; i < 10; i++) {
      const all = await Promise.all(Array.from({ length: 50 }, () => exchange(world.url, '', { end: true })));
      assert.ok(all.every((r) => r.closed && r.text === ''));
    }
  });
});

// --- paths and methods ---

describe('paths that are nearly those of a send', () => {
  after(servesOn);
  const number = company.number;
  const paths = [
    `/v25.0/${number}/messages/`, `/v25.0/${number}//messages`, `//v25.0/${number}/messages`, `/V25.0/${number}/messages`,
    `/v25.0/${number}/Messages`, `/v25.0/${number}/MESSAGES`, `/v25.0/${number}/%6Dessages`, `/v25.0/${number}%2Fmessages`,
    `/v25.0/./${number}/messages`, `/v25.0/x/../${number}/messages`, `/v25.0/${number}/messages/x`, `/v25/${number}/messages`,
    `/v25.0.1/${number}/messages`, `/25.0/${number}/messages`, `/v25.0/${number}/messages;a`, `/v25.0/${number}/messages%00`,
    `/v25.0/${number}/messages%20`, `/v25.0/${number}/messages.json`, `/v25.0/${number} /messages`, `/v25.0//${number}/messages`,
    `/v25.0/${number}/marketing_messages/`, `/v25.0/+${number}/messages`,
    `/v25.0/${number}?method=POST&relative_url=messages`, '/v25.0?batch=[]', '/', '/v25.0', '/v25.0/', '/..', '/%2e%2e/',
  ];
  for (const path of paths) {
    test(path, async () => {
      const body = JSON.stringify({
        messaging_product: 'whatsapp', to: person(1), type: 'text', text: { body: `SMUGGLED ${path}` },
      });
      const mark = await world.sim.mark();
      const r = await exchange(world.url,
        `${start(`Connection: close\nContent-Length: ${Buffer.byteLength(body)}\n`, path)}${body}`);
      assert.equal(r.statuses.length, 1);
      assert.ok(r.statuses[0] >= 400 && r.statuses[0] < 500, r.text);
      assert.deepEqual(await world.sim.log(mark), []);
    });
  }

  test('other methods are told which is right', async () => {
    const statuses = {};
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      const r = await request(world.url + MESSAGES, { method, headers: authorization() });
      statuses[method] = r.status;
    }
    assert.deepEqual([...new Set(Object.values(statuses))], [405], JSON.stringify(statuses));
  });
});

// --- the end ---

test('the simulator has seen nothing that was smuggled', assertNothingSmuggled);
test('dripping clients were cut off', async () => {
  for (const { left, statuses } of await Promise.all(drips.map((drip) => drip.closed))) {
    assert.deepEqual(statuses, [408], `${left} bytes were left`);
  }
  await assertNothingSmuggled();
  await servesOn();
});
