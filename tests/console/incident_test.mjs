// dev: binary=release
// From the restricted account to the verified dossier and the answer, in Italian; from a scanned repository to the exported
// register, in English; a key that is shown once; the ledger checked and an entry proved.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { company, inParallel, person, startWorld, status, template, until } from '../system/lib/varco.mjs';
import { consoleLink, startBrowser } from './lib/browser.mjs';

const DAY = 86400000;
const START = (Math.floor(Date.now() / DAY) + 1) * DAY + DAY * 3 / 8; // the next day, at nine
const bin = process.env.VARCO_BIN;
const root = new URL('../..', import.meta.url).pathname;

let world, browser;
before(async () => {
  [world, browser] = await Promise.all([
    startWorld({ sim: ['--clock', 'virtual'], gateway: { server: { clock: 'upstream' }, policy: { mode: 'observe' } }, company: { people: 20 } }),
    startBrowser()]);
  await world.sim.clock({ now: START });
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

async function sit(t, options) {
  const seat = await browser.seat(options);
  t.after(async () => {
    await seat.end();
    assert.deepEqual(seat.troubles, []);
  });
  await seat.signIn(await consoleLink(world));
  await seat.settled();
  return seat;
}

const button = (seat, name) => seat.page.getByRole('button', { name, exact: true });

async function takes(seat, what, name) {
  const [file] = await Promise.all([seat.page.waitForEvent('download'), what()]);
  const path = join(world.directory, name);
  await file.saveAs(path);
  return path;
}

function run(program, ...args) {
  const r = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' }, cwd: world.directory });
  assert.equal(r.status, 0, `${program} ${args.join(' ')}: ${r.stdout}${r.stderr}`);
  return r.stdout;
}

test('the account is restricted: dossier, package, both verifiers, answer, lessons', async (t) => {
  await inParallel(Array.from({ length: 12 }, (_, i) => person(i + 1)), (to) => world.send(template(to, 'order_shipped', '7')));
  await world.sim.idle();
  await world.sim.clock({ now: START + DAY / 8 });
  await world.sim.control('POST', 'event', {
    field: 'account_update', entry: company.waba, value: {
      event: 'ACCOUNT_RESTRICTION', violation_info: { violation_type: 'SPAM' },
      restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expiration: Math.floor(START / 1000) + 3 * 86400 }],
    },
  });
  const incident = await until(async () => (await world.api('GET', '/api/v1/incidents')).items.find((x) => x.kind === 'restricted'), 'the incident');
  const seat = await sit(t, { lang: 'it' });
  const { page } = seat;
  await seat.go('#/incidents');
  await page.locator(`a[href="#/incidents/${incident.id}"]`).click();
  await page.getByText('Si può chiedere una revisione?').waitFor();
  await page.getByRole('link', { name: 'Prepara il fascicolo' }).click();
  await button(seat, 'Prepara il fascicolo').click();
  await page.getByRole('heading', { name: 'Passo 1 di 6: Che cosa è successo' }).waitFor();
  await page.getByRole('heading', { name: 'Gli oggetti' }).waitFor();
  await seat.reads(page.locator('main'), new RegExp(`${company.portfolio}[^]*${company.waba}[^]*SPAM[^]*ACCOUNT_RESTRICTION`));
  const next = async (step) => {
    await page.getByRole('link', { name: 'Avanti' }).click();
    await page.getByRole('heading', { name: step }).waitFor();
    await seat.settled();
  };
  await next('Passo 2 di 6: Circostanze');
  await page.getByText('Traffico attorno, per giorno').first().waitFor();
  await next('Passo 3 di 6: Prove del consenso');
  const told = await seat.reads(page.locator('main'), /In un campione casuale di 12, 12 mostrano un consenso/);
  assert.doesNotMatch(told, /333 ?123 ?45\d\d/); // masked
  await next('Passo 4 di 6: Azioni correttive');
  await page.getByText('Ancora nulla.').waitFor();
  await page.getByLabel('Che cosa si è fatto o trovato').fill('Campagne sospese');
  await button(seat, 'Annota').click();
  await page.getByRole('cell', { name: 'Campagne sospese' }).waitFor();
  await next('Passo 5 di 6: Testi');
  const text = page.getByRole('textbox', { name: 'Per il modulo di Meta, in inglese' });
  await until(async () => /Campagne sospese/.test(await text.inputValue()), 'the text with what was done');
  await text.fill('x'.repeat(1001));
  await page.getByText('1001 caratteri su 1000: 1 di troppo.').waitFor();
  await button(seat, 'Come è stato preparato').click();
  await next('Passo 6 di 6: Pacchetto');
  const zip = await takes(seat, () => button(seat, 'Scarica il pacchetto').click(), 'dossier.zip');
  const key = join(world.state, 'ledger.pub');
  assert.match(run(bin, 'dossier-verify', zip, '--key', key), /holds/);
  assert.match(run('python3', join(root, 'tools/ledger_verify.py'), 'dossier', zip, '--key', key), /holds/);
  assert.doesNotMatch(run('unzip', '-p', zip, 'dossier.json'), /\+?39333 ?123 ?45(0[1-9]|1\d)/);

  const { id } = incident;
  await seat.settled();
  const submit = page.locator('summary', { hasText: 'La revisione è stata chiesta' });
  if (!await page.getByLabel('Riferimento della pratica').isVisible()) await submit.click();
  await page.getByLabel('Riferimento della pratica').fill('CASE-1234');
  await button(seat, 'Annota l’invio').click();
  await until(async () => (await world.api('GET', `/api/v1/incidents/${id}`)).reference === 'CASE-1234', 'the submission');
  await seat.go(`#/incidents/${id}`);
  await button(seat, 'Annota la risposta').click();
  await until(async () => (await world.api('GET', `/api/v1/incidents/${id}`)).outcome === 'reversed', 'the answer');
  await page.getByLabel('Che cosa si è imparato').fill('Nessuna lista senza fonte');
  await button(seat, 'Chiudi l’incidente').click();
  await page.getByText('Questo incidente è chiuso.').waitFor();
});

test('a scanned repository: findings, the register, a suppression, the document', async (t) => {
  const put = (path, text) => {
    const to = join(world.directory, 'repo', path);
    mkdirSync(join(to, '..'), { recursive: true });
    writeFileSync(to, text);
  };
  put('bot/package.json', JSON.stringify({ name: '<b>bot</b>', dependencies: { '@whiskeysockets/baileys': '^6.7.0' } }, null, 1));
  put('api/send.py', 'import requests\nrequests.post("https://graph.facebook.com/v21.0/1/messages", json={"messaging_product": "whatsapp"})\n');
  const report = join(world.directory, 'report.json');
  spawnSync(bin, ['scan', '--format', 'json', '--output', report, 'repo'], { cwd: world.directory, env: { ...process.env, LC_ALL: 'C' } });
  const seat = await sit(t);
  const { page } = seat;
  await seat.go('#/integrations/scans');
  await page.getByLabel('Report (JSON)').setInputFiles(report);
  await page.getByLabel('What was scanned, always by the same name').fill('shop');
  await button(seat, 'Take it in').click();
  await page.getByRole('heading', { name: /Forbidden by Meta: remove/ }).waitFor();
  const row = page.locator('tr', { hasText: 'bot/package.json' }).first();
  await seat.reads(row, /bot\/package\.json:\d+[^]*@whiskeysockets\/baileys[^]*npm\.whiskeysockets-baileys[^]*Cloud API/);
  await row.getByRole('link', { name: 'entry' }).click();
  await page.getByText('Suppress its findings for a time').click();
  const form = page.locator('form', { has: button(seat, 'Suppress') });
  await form.getByLabel('Reason').fill('Test bench only');
  await form.getByLabel('Until').fill('2099-12-31');
  await form.getByLabel('Who approves it').fill('Marta Neri');
  await button(seat, 'Suppress').click();
  await page.getByText('Test bench only').first().waitFor();
  await seat.settled();
  const [found] = (await world.api('GET', '/api/v1/integrations')).items.filter((x) => x.found?.row === 'npm.whiskeysockets-baileys');
  assert.deepEqual([found.state, found.exception_until, found.approved_by], ['accepted', '2099-12-31', 'Marta Neri']);
  await seat.go('#/integrations');
  for (const [format, begins] of [['pdf', '%PDF-'], ['html', '<!'], ['csv', ''], ['json', '{']]) {
    await page.getByLabel('Format').selectOption(format);
    const path = await takes(seat, () => button(seat, 'Export').click(), `register.${format}`);
    const text = readFileSync(path, 'latin1');
    assert.ok(text.startsWith(begins) && text.length > 500, `${format}: ${text.slice(0, 60)}`);
  }
  await seat.go('#/integrations/scans');
  await page.getByLabel('Report (JSON)').setInputFiles({
    name: 'x.sarif', mimeType: 'application/json', buffer: Buffer.from('{"$schema":"https://example.org/sarif-2.1.0.json","version":"2.1.0","runs":[]}') });
  await button(seat, 'Take it in').click();
  await page.getByText('This is SARIF').waitFor();
});

test('what passed Varco by is told, with what to do', async (t) => {
  await world.webhook(status({ wamid: 'wamid.NEVERSENT', is: 'sent', to: person(40), at: START + DAY / 8 }));
  await until(async () => (await world.api('GET', '/api/v1/bypasses')).items.length, 'the bypass');
  const seat = await sit(t, { lang: 'it' });
  await seat.go('#/integrations/bypass');
  await seat.page.getByRole('cell', { name: 'programma ignoto' }).waitFor();
  await seat.page.getByRole('cell', { name: /Trovate il programma|Trova il programma/ }).first().waitFor();
});

test('a key is shown once, works, and is revoked with its name typed', async (t) => {
  const seat = await sit(t);
  const { page } = seat;
  await seat.go('#/integrations/new');
  await page.getByLabel('Name').fill('helpdesk');
  await page.getByLabel('Owner').fill('Marta Neri');
  await page.getByLabel('Purpose').fill('Answers');
  await page.getByLabel('+393331234500').check();
  await page.getByLabel('utility').check();
  await button(seat, 'Enter it').click();
  const key = await page.locator('code.key').textContent();
  const sent = await world.send(template(person(3), 'order_shipped', '7'), { appKey: key });
  assert.doesNotMatch(sent.text, /app\.suspended/); // whatever else becomes of it
  await page.getByRole('link', { name: 'To the entry' }).click();
  await page.locator('summary', { hasText: 'Revoke' }).click();
  const revoke = button(seat, 'Revoke its right to send');
  assert.equal(await revoke.getAttribute('aria-disabled'), 'true');
  await page.locator('form', { has: revoke }).getByLabel('Type helpdesk to confirm').fill('helpdesk');
  await revoke.click();
  await page.getByText('It has no key that works.').waitFor();
  assert.match((await world.send(template(person(3), 'order_shipped', '7'), { appKey: key })).text, /app\.suspended/);
  await seat.settled();
  assert.equal((await page.locator('main').innerText()).includes(key), false);
});

test('the ledger is checked, signed, and one of its entries proved', async (t) => {
  const seat = await sit(t);
  const { page } = seat;
  await seat.go('#/ledger');
  await button(seat, 'Check it now').click();
  await page.getByText('The ledger was sound when it was last checked').waitFor();
  await button(seat, 'Sign it now').click();
  await page.getByText(/The newest checkpoint signs \d+ entries/).waitFor();
  await page.getByText('Prove an entry').click();
  await page.getByLabel('Number of the entry, or id of a decision').fill('1');
  const proof = JSON.parse(readFileSync(await takes(seat, () => button(seat, 'Download the proof').click(), 'proof.json'), 'utf8'));
  assert.equal(proof.seq, 1);
  assert.match(proof.checkpoint, /^varco-ledger\//);
  await page.getByText('Prove that it only grew').click();
  await page.getByLabel('Size of the older checkpoint').fill('1');
  const grown = JSON.parse(readFileSync(await takes(seat, () => button(seat, 'Download the consistency proof').click(), 'grown.json'), 'utf8'));
  assert.equal(grown.since, 1);
  assert.ok(grown.history.length);
});
