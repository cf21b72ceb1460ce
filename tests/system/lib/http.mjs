// Plain HTTP for tests: every detail is the caller's, nothing is retried.
//
//   const r = await request(url, { method, headers, body, agent, timeoutMs });
//   r.status, r.headers, r.text, r.json()
//
// A body that is an object goes as JSON. A connection that ends without a whole answer rejects, with the error's `code`
// (ECONNRESET, ECONNREFUSED …). `agent` is keepAlive() or false (a connection of its own, the default).
import http from 'node:http';
import https from 'node:https';
import { createHmac } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';

const TIMEOUT_MS = 120000; // it fails a test, it does not time one

// With `ca`, a PEM text, it speaks TLS to whoever that authority vouches for.
export function keepAlive(connections = 64, ca = undefined) {
  const options = { keepAlive: true, maxSockets: connections, noDelay: true };
  return ca ? new https.Agent({ ...options, ca }) : new http.Agent(options);
}

// The value of X-Hub-Signature-256.
export function sign(secret, raw) {
  return `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`;
}

function encode(body, headers) {
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) return body;
  headers['Content-Type'] ??= 'application/json';
  return JSON.stringify(body);
}

// A connection that was kept may have been closed at its other end while the test stood still for another program: the agent hears
// of that when the loop has looked at its sockets, which is not before the turn behind the next.
const STALE_MS = 1000;
let asked = 0;
export async function request(url, options = {}) {
  if (options.agent && performance.now() - asked > STALE_MS) for (let i = 0; i < 3; i++) await turn();
  asked = performance.now();
  return exchange(url, options);
}

function exchange(url, options) {
  const { method = 'GET', agent = false, timeoutMs = TIMEOUT_MS, rejectUnauthorized, ca } = options;
  const headers = { ...options.headers };
  const body = encode(options.body, headers);
  if (body !== undefined) headers['Content-Length'] = Buffer.byteLength(body);
  const { request: start } = String(url).startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const req = start(url, { method, headers, agent, rejectUnauthorized, ca }, (res) => {
      const chunks = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        if (!res.complete) {
          reject(Object.assign(new Error('the answer was cut off'), { code: 'ECONNRESET' }));
          return;
        }
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        resolve({
          status: res.statusCode,
          headers: res.headers,
          bytes,
          text,
          json: () => JSON.parse(text),
        });
      });
    });
    req.setTimeout(timeoutMs, () => {
      req.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
    });
    req.on('error', reject);
    req.end(body);
  });
}
