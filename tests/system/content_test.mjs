// What is said: the same marketing text again and again, forbidden goods, and links, at the gate.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inbound, person, scratch, startWorld, template, text } from './lib/varco.mjs';

let world;

// The built-in pack, never at night, for which three equal texts in an hour are bulk.
function pack() {
  const words = readFileSync(new URL('../../packs/default.json', import.meta.url), 'utf8');
  const file = join(scratch('bulk'), 'pack.json');
  const changed = words.replace(/"limit\.quiet_hours": "\w+"/, '"limit.quiet_hours": "off"').replace('"bulk_1h": 100', '"bulk_1h": 3');
  assert.ok(changed.includes('"bulk_1h": 3'));
  writeFileSync(file, changed);
  return file;
}

before(async () => {
  world = await startWorld({ gateway: { policy: { pack: pack() } }, company: { people: 20 } });
});
after(() => world.stop());

async function findings(sent, rule) {
  return (await world.decision(sent.decision)).details.filter((x) => x.id === rule);
}

const offer = (n, name) => world.send(template(person(n), 'spring_offer', name));

test('the same marketing text is counted, what is said to one person alone is not', async () => {
  for (const n of [1, 2, 3]) {
    const sent = await offer(n, 'amica');
    assert.equal(sent.status, 200, sent.text);
    assert.deepEqual(await findings(sent, 'content.generic'), []);
  }
  assert.deepEqual(await findings(await offer(4, 'Dora'), 'content.generic'), []);
  const fourth = await offer(5, 'amica');
  assert.equal(fourth.status, 200, 'a warning stops nothing');
  const [warning] = await findings(fourth, 'content.generic');
  assert.equal(warning.evidence.count, 3);
  assert.equal(warning.evidence.limit, 3);
});

test('another app counts for itself', async () => {
  const other = await world.api('POST', '/api/v1/integrations', {
    name: 'negozio', owner: 'Ada Bruni', purpose: 'Offerte', numbers: ['100200300'], categories: ['marketing'],
  });
  const sent = await world.send(template(person(6), 'spring_offer', 'amica'), { appKey: other.key });
  assert.equal(sent.status, 200, sent.text);
  assert.deepEqual(await findings(sent, 'content.generic'), []);
});

test('forbidden goods are refused with the words as they were written', async () => {
  await world.webhook(inbound({ from: person(7) }));
  const sent = await world.send(text(person(7), 'Vendiamo FUCÌLI e muniziоni, scrivici!'));
  assert.notEqual(sent.status, 200);
  const [why] = await findings(sent, 'content.prohibited');
  assert.equal(why.evidence.class, 'weapons');
  assert.match(why.evidence.words, /FUCÌLI/);
});
