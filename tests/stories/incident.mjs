// The invented shop of the tests has its account restricted, from the first signal to the answered case; what the programs print
// on the way is printed here, and docs/incident.md shows it.
//
//     VARCO_BIN=build/varco STORY_OUT=/tmp/story ./dev node tests/stories/incident.mjs
//
// STORY_OUT keeps the dossier and what was unpacked of it.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { comingDay, company, crowd, inParallel, startWorld, template, until } from '../system/lib/varco.mjs';

const DAY = 86400000;
const HOUR = 3600000;
const START = comingDay(2, 9);
const root = new URL('../..', import.meta.url).pathname;
const bin = process.env.VARCO_BIN ?? join(root, 'build/varco');
const world = await startWorld({
  sim: ['--clock', 'virtual'], gateway: { server: { clock: 'upstream' }, policy: { mode: 'observe' } }, company: { people: 1 },
});
const folder = process.env.STORY_OUT ?? world.directory;
mkdirSync(folder, { recursive: true });

function shell(shown, program, args) {
  const r = spawnSync(program, args, {
    encoding: 'utf8', cwd: folder, maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C', VARCO_URL: world.url, VARCO_TOKEN: world.adminToken },
  });
  console.log(`\n$ ${shown}`);
  process.stdout.write(r.stdout + r.stderr);
  if (r.status) console.log(`(exit code ${r.status})`);
  return r;
}
const words = (a) => a.map((x) => /^[\w./=+-]+$/.test(x) ? x : `'${x}'`).join(' ');
const varco = (...args) => shell(`varco ${words(args)}`, bin, args);
const tell = (field, value) => world.sim.control('POST', 'event', { field, value, entry: company.waba });
const at = async (day, hour = 0) => { await world.sim.clock({ now: START + day * DAY + hour * HOUR }); };
const settle = async () => { await world.sim.idle(); };
const send = (to, name, n) => world.send(template(to, name, `${n}`));

// --- two quiet weeks ---

await at(0);
const people = Array.from({ length: 260 }, (_, i) => crowd(i * 7 + 3));
function list(name, phones, row) {
  writeFileSync(join(folder, name), `phone,purpose,act,at,evidence,text,source\n${phones.map((p) => `${p},${row}\n`).join('')}`);
  const r = spawnSync(bin, ['consent', 'import', name], {
    cwd: folder, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', VARCO_URL: world.url, VARCO_TOKEN: world.adminToken },
  });
  if (r.status) throw new Error(r.stderr);
}
list('soci.csv', people.slice(0, 180), 'all,grant,2026-06-01T10:00:00Z,form,Vorrei ricevere ordini e offerte su WhatsApp.,modulo web');
list('fiera.csv', people.slice(180, 230), 'marketing,grant,2026-10-01T10:00:00Z,imported,,fiera 2022');
for (let day = 0; day < 11; day++) {
  await at(day);
  await inParallel(Array.from({ length: 12 + (day * 5) % 7 }, (_, i) => people[(day * 17 + i) % 180]), (p) => send(p, 'order_shipped', day));
  await settle();
  if (day % 4 === 2) await world.sim.inbound({ number: company.number, from: people[day], text: 'Ciao, quando arriva?' });
}

// --- the day of the fair ---

await at(11);
await inParallel(people.filter((p) => p !== people[1]), (p) => send(p, 'spring_offer', 'fiera'));
await settle();
await at(11, 1);
for (let i = 0; i < 18; i++) await world.sim.inbound({ number: company.number, from: people[181 + i * 4], text: 'STOP' });
await world.sim.inbound({ number: company.number, from: people[4], text: 'Mi è arrivata, grazie' });
await settle();
await until(async () => (await world.api('GET', '/api/v1/alarms?kind=breaker.pause')).items.length, 'the pause');
varco('alarm', 'list', '--limit', '3');
varco('incident', 'list');

// --- Meta acts ---

await at(11, 5);
await tell('account_update', {
  event: 'ACCOUNT_RESTRICTION', violation_info: { violation_type: 'SPAM' },
  restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expiration: Math.floor((START + 14 * DAY + 5 * HOUR) / 1000) }],
});
await settle();
await at(11, 6);
const held = await send(people[1], 'spring_offer', 'ancora');
console.log(`\nHTTP ${held.status} ${held.json().error.message}`);
varco('incident', 'list', '--under-way');
const [restricted] = (await world.api('GET', '/api/v1/incidents')).items.filter((x) => x.kind === 'restricted');
const id = restricted.id;
varco('incident', 'show', id);

// --- people act ---

await world.gateway.stop?.();
await world.startGateway({ policy: { mode: 'enforce' } });
await at(11, 7);
varco('incident', 'note', id, '--text', 'All campaigns stopped; list fiera.csv taken back', '--by', 'Marta Neri');
const [imported] = (await world.api('GET', '/api/v1/imports')).items;
varco('import', 'undo', imported.id);
varco('number', 'pause', company.number, '--purpose', 'marketing', '--reason', 'Until the review is answered', '--for', '7d');
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';
writeFileSync(join(folder, 'form.png'), Buffer.from(png, 'base64'));
varco('incident', 'evidence', id, '--attachments', 'form.png', '--text', 'The sign-up form as people see it', '--by', 'Marta Neri');
await send(people[2], 'order_shipped', 'oggi');

// --- the dossier ---

await at(11, 8);
varco('incident', 'dossier', id, '--out', 'dossier.zip', '--by', 'Marta Neri');
copyFileSync(join(world.state, 'ledger.pub'), join(folder, 'ledger.pub'));
varco('dossier-verify', 'dossier.zip', '--key', 'ledger.pub');
shell('unzip -q dossier.zip && python3 tools/ledger_verify.py dossier dossier.zip --key ledger.pub', 'sh',
  ['-c', 'unzip -qo dossier.zip && python3 tools/ledger_verify.py dossier dossier.zip --key ledger.pub']);
shell('cat texts/review.en.txt', 'cat', ['texts/review.en.txt']);
shell('cat texts/ticket.it.txt', 'cat', ['texts/ticket.it.txt']);
varco('incident', 'submit', id, '--reference', 'CASE-1234', '--by', 'Marta Neri');

// --- the answer ---

await at(13, 2);
varco('incident', 'answer', id, '--outcome', 'reversed', '--text', 'Reversed after review', '--by', 'Marta Neri');
await at(14, 6);
varco('pause', 'resume', '--scope', 'number', '--id', company.number, '--full', '--reason', 'Meta reversed its decision', '--by', 'Marta Neri');
const again = await send(people[1], 'spring_offer', 'di nuovo');
console.log(`\nHTTP ${again.status}`);
varco('incident', 'close', id, '--lessons', 'No list without a source; new lists start with a request on WhatsApp', '--by', 'Marta Neri');
await until(async () => !(await world.api('GET', '/api/v1/incidents?state=open')).items.length, 'the end of the pause');
varco('incident', 'list');
await world.stop();
