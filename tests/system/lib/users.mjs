// People who sign in, as tests need them: the code of a second factor, and a user who sits down.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { request } from './http.mjs';

export const STEP_MS = 30000;

// A code, as an app makes it.
export function code(secret, at = Date.now()) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / STEP_MS)));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1e6).padStart(6, '0');
}

// Calls the API of a world as a new user of that role, bound to those portfolios: { status, value }.
export async function userOf(world, name, role, portfolios) {
  const headers = { Origin: world.url };
  const ask = async (method, path, body) => {
    const r = await request(world.url + path, { method, body, headers });
    return { status: r.status, headers: r.headers, text: r.text, value: r.headers['content-type']?.includes('json') ? r.json() : undefined };
  };
  const made = await world.api('POST', '/api/v1/users', { name, role, ...(portfolios && { portfolios }) });
  const link = made.url.split('#setup=')[1];
  const { value: door } = await ask('POST', '/api/v1/session/look', { link });
  const r = await ask('POST', '/api/v1/session/setup', { link, password: 'tre sandali rossi', totp: code(door.secret) });
  assert.equal(r.status, 200, r.text);
  headers.Cookie = String(r.headers['set-cookie']).split(';')[0];
  return ask;
}
