// Users of the console.
//
//   code(secret)                                     the six digits of an authenticator
//   const cookies = await member(browser, world, 'Marta Neri', 'author')   a user who came in by their link; their session,
//                                                    for any number of seats: sitDown(browser, world, { cookies })
import { createHmac } from 'node:crypto';

export const PASSWORD = 'tre sandali rossi';

export function code(secret, at = Date.now()) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30000)));
  const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))).update(counter).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1e6).padStart(6, '0');
}

export async function member(browser, world, name, role) {
  const { url } = await world.api('POST', '/api/v1/users', { name, role });
  const seat = await browser.seat();
  const { page } = seat;
  await page.goto(url);
  await page.waitForSelector('input[type=password]');
  const secret = (await page.locator('img.qr ~ p code').textContent()).replace(/ /g, '');
  await page.fill('input[type=password]', PASSWORD);
  await page.fill('input[name=totp]', code(secret));
  await page.click('button[type=submit]');
  await page.waitForSelector('ul.codes li');
  await page.check('input[type=checkbox]');
  await page.locator('span.act button').click();
  await page.waitForSelector('nav a', { state: 'attached' });
  const cookies = await page.context().cookies();
  await seat.end();
  return cookies;
}
