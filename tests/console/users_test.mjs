// dev: binary=release
// Signing in to the console, from the very first link on: the first administrator, another user, what their role keeps from
// them, and the trail of it all.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startWorld, until } from '../system/lib/varco.mjs';
import { startBrowser } from './lib/browser.mjs';
import { PASSWORD, code } from './lib/members.mjs';

const shots = process.env.VARCO_SHOTS;

let world, browser;
const secrets = {};

before(async () => {
  world = await startWorld();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await world?.stop();
});

// --- what is done on every page ---

async function check(seat, name) {
  if (shots) await seat.page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
  assert.deepEqual(await seat.axe(), [], name);
  assert.ok(await seat.overflow() <= 0, `${name} scrolls sideways`);
}

// An answer of 401 is part of signing in, and browsers complain of each.
const real = (seat) => seat.troubles.filter((t) => !/status of 401/.test(t));

async function choose(seat, name, shot) {
  const { page } = seat;
  await page.waitForSelector('input[type=password]');
  const secret = (await page.locator('img.qr ~ p code').textContent()).replace(/ /g, '');
  secrets[name] = secret;
  await check(seat, `${shot}-choose`);
  await page.fill('input[type=password]', PASSWORD);
  await page.fill('input[name=totp]', code(secret));
  await page.click('button[type=submit]');
  await page.waitForSelector('ul.codes li');
  await seat.count(page.locator('ul.codes li'), 10);
  await check(seat, `${shot}-recovery`);
  const open = page.locator('span.act button');
  assert.equal(await open.getAttribute('aria-disabled'), 'true');
  await page.check('input[type=checkbox]');
  await open.click();
  await page.waitForSelector('nav a', { state: 'attached' });
}

async function signIn(seat, name) {
  const { page } = seat;
  await page.goto(`${world.url}/console/`);
  await page.fill('input[name=username]', name);
  await page.fill('input[type=password]', PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForSelector('input[name=totp]');
  // A step early: the one of now may have been used by setting it up.
  await page.fill('input[name=totp]', code(secrets[name], Date.now() + 30000));
  await page.keyboard.press('Enter');
  await page.waitForSelector('nav a', { state: 'attached' });
}

// --- tests ---

test('the first administrator, by the link that serve prints, on a telephone', async () => {
  const [link] = await until(() => /http\S+#setup=[\w-]{43}/.exec(world.gateway.log()), 'the link');
  const seat = await browser.seat({ lang: 'it', look: 'dark', width: 390 });
  await seat.page.goto(link);
  await seat.page.waitForSelector('input[name=username]');
  assert.ok(!(await seat.address()).includes('setup='), 'the link left the address');
  await check(seat, 'first-name');
  await seat.page.fill('input[name=username]', 'Giulia Verdi');
  await seat.page.keyboard.press('Enter');
  await choose(seat, 'Giulia Verdi', 'first');
  assert.deepEqual(real(seat), []);
  await seat.page.goto(link);
  await seat.page.waitForSelector('[role=alert]');
  await check(seat, 'used-link');
  await seat.end();
});

test('a user is added, comes in by their link, and is told what their role does not let them do', async () => {
  const admin = await browser.seat({});
  await signIn(admin, 'Giulia Verdi');
  await admin.go('#/users');
  await check(admin, 'users');
  await admin.page.click('span.act >> text=Add a user');
  await admin.page.fill('dialog[open] input[maxlength="60"]', 'Marta Neri');
  await admin.page.check('dialog[open] input[value=viewer]');
  await check(admin, 'user-add');
  await admin.page.click('dialog[open] button[type=submit]');
  const link = await admin.page.locator('dialog[open] input[readonly]').inputValue();
  await check(admin, 'user-link');
  await admin.page.keyboard.press('Escape');
  await admin.page.waitForSelector('td >> text=Marta Neri');

  const marta = await browser.seat({ lang: 'it' });
  await marta.page.goto(link);
  await choose(marta, 'Marta Neri', 'invited');
  await marta.go('#/users');
  assert.equal(await marta.page.locator('td >> text=Giulia Verdi').count(), 0, 'sessions of others are not shown');
  await check(marta, 'own');
  await marta.go('#/audit');
  await marta.page.waitForSelector('[role=alert] >> text=Non puoi vedere');
  await check(marta, 'audit-no-permission');

  await admin.page.click('td a >> text=Marta Neri');
  await admin.page.waitForSelector('h2 >> text=Marta Neri');
  await admin.page.waitForSelector('td >> text=127.0.0.1');
  await check(admin, 'user');
  await admin.page.check('input[value=approver]');
  await admin.page.click('span.act button >> text=Save');
  await admin.page.waitForSelector('.toast >> text=Saved');
  await admin.page.click('span.act button >> text=Disable');
  await admin.page.waitForSelector('.toast >> text=Signed out everywhere');
  await marta.page.reload();
  await marta.page.waitForSelector('input[name=username]');
  await check(marta, 'sign-in');
  assert.deepEqual([real(admin), real(marta).filter((t) => !/status of 403/.test(t))], [[], []]);
  await marta.end();
  await admin.end();
});

test('the trail says who did it and what was before', async () => {
  const seat = await browser.seat({ look: 'dark' });
  const { url } = await world.api('POST', '/api/v1/sessions/links', {});
  await seat.signIn(url);
  await seat.go('#/audit?by=Giulia+Verdi&operation=setUser');
  await seat.page.waitForSelector('td >> text=Giulia Verdi');
  await seat.reads(seat.page.locator('tbody'), /role: approver \(before: viewer\)/);
  await check(seat, 'audit');
  await seat.page.setViewportSize({ width: 320, height: 800 });
  assert.ok(await seat.overflow() <= 0);
  await seat.end();
});
