// A copy of the store is made while sends go on, is sound, and brings the gateway back to its moment.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, openSync, readdirSync, rmSync, statSync, truncateSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inParallel, person, startWorld, template, until } from './lib/varco.mjs';

let world;
let count = 0;
const make = (body = {}) => world.api('POST', '/api/v1/backups', body);
const list = async () => (await world.api('GET', '/api/v1/backups')).items;
const send = () => world.send(template(person(1 + count % 40), 'order_shipped', `A${++count}`));
const folder = () => join(world.state, 'backups');

before(async () => { world = await startWorld({ company: { people: 60 } }); });
after(() => world.stop());

// Names have seconds: the next copy is of another one.
const another = () => until(async () => {
  try {
    return await make();
  } catch (e) {
    if (e.status !== 409) throw e;
    return undefined;
  }
}, 'a copy of another second');

test('a copy is made while sends go on, and every answered send before it is in it', async () => {
  assert.deepEqual(await list(), []);
  const first = await send();
  assert.equal(first.status, 200, first.text);
  let going = true;
  const sends = inParallel(Array.from({ length: 8 }), async () => { while (going) assert.equal((await send()).status < 500, true); }, 8);
  const copy = await make();
  going = false;
  await sends;
  assert.deepEqual([copy.state, copy.problem], ['good', null]);
  assert.match(copy.name, /^varco-\d{8}T\d{6}Z\.db$/);
  assert.ok(copy.entries > 0 && copy.bytes > 0);
  assert.equal(statSync(join(folder(), copy.name)).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder()).filter((f) => f.endsWith('.part')), []);
  assert.deepEqual((await list()).map((b) => b.name), [copy.name]);
  assert.equal((await world.api('POST', `/api/v1/backups/${copy.name}/verify`)).state, 'good');
});

test('only as many stay as are to be kept', async () => {
  await another();
  await another();
  const kept = await until(async () => {
    try {
      return await make({ keep: 2 });
    } catch (e) {
      if (e.status !== 409) throw e;
      return undefined;
    }
  }, 'a last copy');
  const names = (await list()).map((b) => b.name);
  assert.equal(names.length, 2);
  assert.equal(names[0], kept.name);
  assert.equal(readdirSync(folder()).length, 4, 'a note beside each');
});

test('a damaged copy is found out', async () => {
  const copy = await another();
  const file = join(folder(), copy.name);
  const fd = openSync(file, 'r+');
  for (let at = 4096; at < copy.bytes; at += 4096) writeSync(fd, Buffer.alloc(2048, 0x5a), 0, 2048, at);
  closeSync(fd);
  const found = await world.api('POST', `/api/v1/backups/${copy.name}/verify`);
  assert.equal(found.state, 'damaged');
  assert.ok(found.problem);
  truncateSync(file, 100);
  assert.equal((await world.api('POST', `/api/v1/backups/${copy.name}/verify`)).state, 'damaged');
  assert.equal((await list()).find((b) => b.name === copy.name).state, 'damaged');
});

test('names that are none are not looked for', async () => {
  for (const name of ['varco.db', '..%2Fvarco.db', 'varco-20261122T100000Z.db', 'varco-20261122T100000Z.db%00']) {
    const error = await world.api('POST', `/api/v1/backups/${name}/verify`).then(() => assert.fail(name), (e) => e);
    assert.ok([400, 404].includes(error.status), `${name}: ${error.message}`);
  }
});

test('a copy in the place of the store brings its moment back', async () => {
  const known = await send();
  const copy = await another();
  const later = await send();
  await world.gateway.stop();
  const store = join(world.state, 'varco.db');
  for (const ending of ['-wal', '-shm']) if (existsSync(store + ending)) rmSync(store + ending);
  copyFileSync(join(folder(), copy.name), store);
  await world.startGateway();
  assert.equal((await world.decision(known.decision)).decision, known.decision);
  const gone = await world.decision(later.decision).then(() => assert.fail('it is in the copy'), (e) => e);
  assert.equal(gone.status, 404);
  assert.equal((await send()).status, 200);
});
