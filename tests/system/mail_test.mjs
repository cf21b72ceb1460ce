// dev: long
// Alerts and checkpoints by e-mail, through a small SMTP server: over TLS, with a user, grouped, in the language
// that is configured, and again when they did not arrive.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startSmtp } from './lib/smtp.mjs';
import { company, launch, person, scratch, startWorld, status, until } from './lib/varco.mjs';

const LIMIT_MS = 180000; // an alert is there within a minute, where nothing else is done
const AUTH = { user: 'varco', password: 'una parola: segreta' };
const dir = scratch('mail');

const ca = join(dir, 'ca.pem');

// A pair for 127.0.0.1 that nobody vouches for but whoever is given the certificate.
function selfSigned(key, cert) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert,
    '-days', '2', '-subj', '/CN=mail.example', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'pipe' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

const tls = selfSigned(join(dir, 'key.pem'), ca);
writeFileSync(join(dir, 'password'), `${AUTH.password}\n`);

function mailSections(url) {
  return {
    upstream: { ca_file: ca },
    alerts: {
      mail_to: 'ops@shop.example, ada@shop.example', mail_from: 'varco@gate.example', smtp_url: url,
      smtp_user: AUTH.user, smtp_password_file: join(dir, 'password'), language: 'it',
    },
    ledger: { checkpoint_mail_to: 'notary@witness.example' },
  };
}

// A gateway and the server that takes its letters, of each test's own: what is waited for is waited for at once.
async function startScene(t, options) {
  const mail = await startSmtp({ tls, auth: AUTH, ...options });
  const world = await startWorld({ company: { people: 4 }, gateway: mailSections(mail.url) });
  t.after(async () => {
    await world.stop();
    await mail.close();
  });
  // A status of a message that Varco never sent.
  const bypass = async () => {
    const r = await world.webhook(status({
      wamid: 'wamid.PASSED-BY-1', is: 'sent', to: person(1), at: Date.now() + 1000, number: company.numbers[0],
    }));
    assert.equal(r.status, 200, r.text);
  };
  const alerts = () => mail.letters.filter((l) => l.to.includes('ops@shop.example') || l.to.includes('ada@shop.example'));
  const checkpoints = () => mail.letters.filter((l) => l.to.includes('notary@witness.example'));
  const checkpoint = () => world.api('POST', '/api/v1/ledger/checkpoint');
  return { world, mail, bypass, alerts, checkpoints, checkpoint };
}

function assertLetter(letter) {
  assert.equal(letter.tls, true);
  assert.equal(letter.user, AUTH.user);
  assert.equal(letter.from, 'varco@gate.example');
  assert.deepEqual(letter.to, ['ops@shop.example', 'ada@shop.example']);
  assert.equal(letter.headers.from, '<varco@gate.example>');
  assert.match(letter.headers['message-id'], /^<alert_[0-9a-z]{13}@gate\.example>$/);
  assert.match(letter.headers.date, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
  assert.equal(letter.headers['auto-submitted'], 'auto-generated');
  assert.match(letter.text, /bypass\.detected/);
  assert.match(letter.text, /Cosa è successo:\n {4}\S/);
  assert.match(letter.text, /Cosa ha fatto Varco:\n {4}\S/);
  assert.match(letter.text, /Cosa devi fare tu:\n {4}\S/);
}

describe('letters', { concurrency: 4 }, () => {
  // Without TLS of its own: on loopback it is raised by STARTTLS where that is offered.
  test('"later", a slow answer and a connection that ends before the letter: it comes again', async (t) => {
    const troubles = ['451 later', { drip: '421 not now' }, 'drop'];
    const scene = await startScene(t, { answer: (c) => (c === 'MAIL' ? troubles.shift() : undefined) });
    await scene.checkpoint();
    await scene.bypass();
    await until(() => scene.alerts().length, 'the letter', 2 * LIMIT_MS);
    assert.equal(scene.alerts().length, 1);
    assert.deepEqual(troubles, []);
  });

  test('a connection that ends behind the letter: the same once more, under its Message-ID, and no third', async (t) => {
    const scene = await startScene(t, { answer: (c) => (c === 'END' ? 'drop' : undefined) });
    await scene.bypass();
    await until(() => scene.alerts().length >= 2, 'the second', LIMIT_MS);
    assert.equal(scene.alerts()[0].raw, scene.alerts()[1].raw);
    scene.mail.answer = () => undefined;
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    assert.equal(scene.alerts().length, 2);
  });

  test('an alarm is a letter within a minute, over TLS and with a user; a checkpoint is the very note', async (t) => {
    const scene = await startScene(t, { implicit: true });
    await scene.bypass();
    await until(() => scene.alerts().length, 'the letter', LIMIT_MS);
    assertLetter(scene.alerts()[0]);

    const point = await scene.checkpoint();
    await until(() => scene.checkpoints().some((l) => l.text === point.checkpoint), 'the note', LIMIT_MS);
    const letter = scene.checkpoints().find((l) => l.text === point.checkpoint);
    assert.match(letter.headers['message-id'], new RegExp(`^<checkpoint\\.${point.size}\\.[0-9a-f]{16}@gate\\.example>$`));
    assert.match(letter.text, /\n— varco-ledger\//);

    for (const { raw } of scene.mail.letters) { // names no person and no message
      assert.doesNotMatch(raw, /wamid|PASSED/);
      for (let i = 0; i < 4; i++) assert.ok(!raw.includes(person(i).replace(/\D/g, '')), 'a number in a letter');
    }
  });

  test('STARTTLS is taken before the password is said', async (t) => {
    const { mail, checkpoint } = await startScene(t, {});
    await checkpoint();
    await until(() => mail.letters.length, 'a letter', LIMIT_MS);
    assert.equal(mail.letters[0].tls, true);
    const { commands } = mail.conversations[0];
    assert.ok(commands.findIndex((c) => c === 'STARTTLS') < commands.findIndex((c) => c.startsWith('AUTH')));
  });

  test('one recipient that is refused does not keep the letter from the other', async (t) => {
    const scene = await startScene(t, { answer: (c) => (c === 'RCPT ops@shop.example' ? '550 unknown' : undefined) });
    await scene.bypass();
    await until(() => scene.alerts().length, 'the letter', LIMIT_MS);
    assert.deepEqual(scene.alerts()[0].to, ['ada@shop.example']);
  });

  test('a certificate that nobody vouches for hears nothing', async (t) => {
    const stranger = selfSigned(join(dir, 'other.key'), join(dir, 'other.pem'));
    const { world, mail, checkpoint } = await startScene(t, { tls: stranger, implicit: true });
    await checkpoint();
    await until(() => /a checkpoint of the ledger was not told/.test(world.gateway.log()), 'the complaint', LIMIT_MS);
    assert.deepEqual(mail.conversations.flatMap((c) => c.commands), []);
    assert.doesNotMatch(world.gateway.log(), /segreta|notary@|ops@/);
  });
});

test('what is not enough to send letters is told at start', async () => {
  for (const [text, field] of [
    ['[alerts]\nmail_to = ops@shop.example\n', 'alerts.smtp_url'],
    ['[alerts]\nmail_to = ops@shop.example\nsmtp_url = smtp://mail.example\n', 'alerts.mail_from'],
    ['[alerts]\nsmtp_url = http://mail.example\n', 'alerts.smtp_url'],
    ['[alerts]\nsmtp_url = smtp://mail.example\nsmtp_user = x\n', 'alerts.smtp_password_file'],
    ['[alerts]\nmail_to = Ada <ada@shop.example>\nmail_from = v@gate.example\nsmtp_url = smtp://m.example\n', 'alerts.mail_to'],
    ['[ledger]\ncheckpoint_mail_to = ops@shop.example\n', 'alerts.smtp_url'],
  ]) {
    const file = join(dir, 'bad.conf');
    writeFileSync(file, text);
    const run = launch(['serve', '--config', file]);
    const { code } = await run.exited;
    assert.notEqual(code, 0, text);
    assert.ok(run.log().includes(field), `${field}: ${run.log()}`);
  }
});
