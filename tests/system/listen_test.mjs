// For developers: `varco trigger EVENT` makes something happen at the simulator, `varco listen` passes on to an address of this
// machine what an app is told, signed as its webhooks are.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { company, person, request, sign, startWorld, template, until, varcoBin } from './lib/varco.mjs';

const SECRET = 'what-the-developer-knows';
let world;

before(async () => {
  world = await startWorld();
});

after(() => world.stop());

function varco(...args) {
  const child = spawn(varcoBin, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', VARCO_URL: world.url, VARCO_TOKEN: world.adminToken },
  });
  const run = { out: '', err: '' };
  child.stdout.on('data', (x) => { run.out += x; });
  child.stderr.on('data', (x) => { run.err += x; });
  run.end = new Promise((resolve) => { child.on('close', (code) => resolve(Object.assign(run, { code }))); });
  return run;
}

async function program() {
  const posts = [];
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (x) => { body += x; });
    req.on('end', () => {
      posts.push({ path: req.url, body, signature: req.headers['x-hub-signature-256'] });
      res.writeHead(202).end();
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { posts, url: `http://127.0.0.1:${server.address().port}/hook?x=1`, close: () => server.close() };
}

test('what happens at the simulator is passed on as the app would hear it', async () => {
  const secret = join(world.directory, 'hook-secret');
  writeFileSync(secret, `${SECRET}\n`);
  const hook = await program();
  const listening = varco('listen', '--app', 'crm', '--forward', hook.url, '--secret-file', secret, '--events', '1');
  await until(() => listening.err.includes('listening for crm'), 'it to listen');
  const made = await varco('trigger', 'message.inbound', '--from', person(21), '--text', 'Ciao').end;
  assert.deepEqual([made.code, made.err], [0, '']);
  assert.match(made.out, /^message\.inbound: a person writes\.\n/);
  const { code, out } = await listening.end;
  assert.deepEqual([code, out], [0, 'messages text → 202\n']);
  hook.close();
  const [post] = hook.posts;
  assert.equal(post.path, '/hook?x=1');
  assert.equal(post.signature, sign(SECRET, post.body));
  const { value } = JSON.parse(post.body).entry[0].changes[0];
  assert.deepEqual([value.messages[0].text.body, value.metadata.phone_number_id], ['Ciao', company.number]);
});

test('a failure of the newest message, and what becomes of a template', async () => {
  await world.sim.config({ statuses: 'none' });
  const r = await world.send(template(person(2), 'order_shipped', '9'));
  assert.equal(r.status, 200, r.text);
  const id = r.headers['varco-decision'];
  assert.equal((await varco('trigger', 'status.failed', '--code', '131026').end).code, 0);
  const { state } = await world.settled(id, ['failed']);
  assert.equal(state, 'failed');
  const made = await request(`${world.sim.url}/v25.0/${company.waba}/message_templates`, {
    method: 'POST', headers: { Authorization: 'Bearer any' },
    body: { name: 'order_shipped', language: 'it', category: 'UTILITY', components: [
      { type: 'BODY', text: 'Il tuo ordine {{1}} è partito oggi dal negozio.', example: { body_text: [['7']] } }] },
  });
  assert.equal(made.status, 200, made.text);
  const paused = await varco('trigger', 'template.paused', '--template', 'order_shipped', '--json').end;
  assert.equal(paused.code, 0, paused.err);
  assert.deepEqual(JSON.parse(paused.out).posted, { waba: company.waba, name: 'order_shipped', language: 'it', status: 'PAUSED' });
  await until(async () => (await world.api('GET', `/api/v1/templates/${company.waba}/order_shipped/it`)).status === 'PAUSED', 'a paused template');
  // Of whatever is not said the gateway's first is meant.
  const reinstated = await varco('trigger', 'account.reinstated', '--json').end;
  assert.equal(reinstated.code, 0, reinstated.err);
});

// In the gateway's or the simulator's place: whatever stands before them may answer, and in its own words.
async function standIn(status, body) {
  const asked = [];
  const server = createServer((req, res) => {
    asked.push(req.url);
    req.resume();
    res.writeHead(status, { Connection: 'close' }).end(body);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { asked, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

test('what was not answered well ends it with the code of its status', async () => {
  const listen = ['listen', '--app', 'a/b?c#d é', '--events', '1', '--url'];
  const trigger = ['trigger', 'message.inbound', '--number', company.number, '--sim'];
  const look = ['trigger', 'message.inbound', '--url'];
  const page = '<html>Bad gateway</html>';
  for (const [args, status, body, code, says] of [
    [listen, 429, '{"detail":"Too much at once."}', 6, /Too much at once\./],
    [listen, 502, page, 6, /status 502/],
    [listen, 503, '', 6, /status 503/],
    [listen, 401, page, 5, /status 401/],
    [listen, 404, '{"detail":"Nobody."}', 1, /Nobody\./],
    [listen, 500, '[]', 1, /status 500/],
    [listen, 200, page, 1, /no JSON/],
    [trigger, 400, '{"error":{"message":"No such number"}}', 2, /\(400\): No such number/],
    [trigger, 500, '{}', 1, /\(500\)/],
    [trigger, 503, page, 6, /\(503\)/],
    [look, 401, page, 5, /admin token/],
    [look, 404, '{}', 1, /answered 404/],
    [look, 503, page, 6, /answered 503/],
  ]) {
    const there = await standIn(status, body);
    const r = await varco(...args, there.url).end;
    there.close();
    assert.equal(r.code, code, `${args[0]}, ${status}: ${r.err}`);
    assert.match(r.err, says);
    if (args === listen) assert.deepEqual(there.asked, ['/api/v1/integrations/a%2Fb%3Fc%23d%20%C3%A9/events?after=0']);
  }
});

test('what cannot be is said', async () => {
  for (const [args, code, says] of [
    [['trigger', 'message.inbond'], 2, /nearest is "message\.inbound"/],
    [['trigger', 'message.inbound', '--sim', 'https://graph.facebook.com'], 2, /simulator on this machine/],
    [['trigger', 'status.failed', '--code', 'x'], 2, /--code/],
    [['listen'], 2, /--app/],
    [['listen', '--app', 'crm', '--forward', 'https://example.com/hook'], 2, /no http address of this machine/],
    [['listen', '--app', 'crm', '--forward', 'http://127.0.0.1:99999/hook'], 2, /no http address of this machine/],
    [['listen', '--app', 'crm', '--forward', 'http://[::1]:0/hook'], 2, /no http address of this machine/],
    [['listen', '--app', 'nobody'], 1, /no such integration/],
  ]) {
    const r = await varco(...args).end;
    assert.equal(r.code, code, `${args.join(' ')}: ${r.err}`);
    assert.match(r.err, says);
  }
});
