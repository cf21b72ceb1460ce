// dev: binary=release
// Signing in at a sign-in provider, from the button on the sign-in page to the console and back out, and what the page says
// when it comes to nothing.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CLIENT, startProvider } from '../system/lib/oidc_provider.mjs';
import { scratch, startWorld } from '../system/lib/varco.mjs';
import { consoleLink, startBrowser } from './lib/browser.mjs';

const shots = process.env.VARCO_SHOTS;

let world, browser, provider;

before(async () => {
  const secret = join(scratch('oidc'), 'secret');
  writeFileSync(secret, CLIENT.secret, { mode: 0o600 });
  provider = await startProvider();
  world = await startWorld({
    gateway: { oidc: { issuer: provider.issuer, client_id: CLIENT.id, client_secret_file: secret, name: 'Calzature SSO' } },
  });
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await world?.stop();
  await provider?.stop();
});

async function check(seat, name) {
  if (shots) await seat.page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
  assert.deepEqual(await seat.axe(), [], name);
  assert.ok(await seat.overflow() <= 0, `${name} scrolls sideways`);
}

const real = (seat) => seat.troubles.filter((t) => !/status of 40[13]/.test(t));

async function leave(seat) {
  await seat.page.goto(`${world.url}/console/`);
  await seat.page.click('a.button[href="/console/oidc/start"]');
}

test('an administrator adds somebody by what the provider calls them', async () => {
  const seat = await browser.seat({});
  await seat.signIn(await consoleLink(world));
  await seat.go('#/users');
  await seat.page.click('span.act >> text=Add a user');
  await seat.page.fill('dialog[open] input[maxlength="60"]', 'Marta Neri');
  await seat.page.fill('dialog[open] input[name=oidc]', 'marta.neri@shop.example');
  await check(seat, 'oidc-add');
  await seat.page.click('dialog[open] button[type=submit]');
  await seat.page.click('td >> text=Marta Neri');
  await seat.page.waitForSelector('text=by the sign-in provider, as marta.neri@shop.example');
  await check(seat, 'oidc-user');
  assert.deepEqual(real(seat), []);
  await seat.end();
});

test('the button leads to the provider, and the provider into the console', async () => {
  provider.user = { sub: '7', email: 'Marta.Neri@shop.example', email_verified: true };
  provider.change = { login: true };
  const seat = await browser.seat({ lang: 'it', look: 'dark', width: 390 });
  await seat.page.goto(`${world.url}/console/`);
  await seat.page.waitForSelector('text=Accedi con Calzature SSO');
  await check(seat, 'oidc-signin');
  await leave(seat);
  await seat.page.click('#yes');
  await seat.page.waitForSelector('nav a', { state: 'attached' });
  assert.equal(await seat.address(), '', 'nothing is left in the address');
  await seat.go('#/users');
  await seat.page.waitForSelector('input[autocomplete=current-password]');
  assert.equal(await seat.page.locator('main form span.act button').getAttribute('aria-disabled'), 'true', 'there is no password to change');
  await check(seat, 'oidc-own');
  await seat.page.reload();
  await seat.page.waitForSelector('nav a', { state: 'attached' });
  assert.deepEqual(real(seat), []);
  await seat.end();
});

test('what the page says when it comes to nothing', async () => {
  const seat = await browser.seat({});
  for (const [change, user, says] of [
    [{ error: 'access_denied' }, {}, 'did not agree'],
    [{ answer: { status: 400, headers: {}, body: '{}' } }, {}, 'provider refused'],
    [{ answer: { status: 500, headers: {}, body: '' } }, {}, 'cannot be reached'],
    [{ key: 'none' }, {}, 'does not prove who you are'],
    [{}, { email: 'luca.bianchi@shop.example' }, 'an administrator adds one'],
  ]) {
    provider.user = { sub: '9', email: 'marta.neri@shop.example', email_verified: true, ...user };
    provider.change = change;
    await leave(seat);
    await seat.page.waitForSelector(`[role=alert] >> text=${says}`);
    assert.equal(await seat.address(), '', says);
  }
  await check(seat, 'oidc-refused');
  // What somebody writes into the address is not said.
  await seat.page.goto(`${world.url}/console/#oidc=Call_me`);
  await seat.page.reload();
  await seat.page.waitForSelector('input[name=username]');
  assert.equal(await seat.page.locator('[role=alert]').count(), 0);
  assert.deepEqual(real(seat), []);
  await seat.end();
});
