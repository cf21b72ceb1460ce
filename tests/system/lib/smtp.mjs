// A small SMTP server of our own (RFC 5321, STARTTLS, AUTH PLAIN) that does what a test says.
//   const mail = await startSmtp({ tls: {key, cert}, implicit, auth: {user, password}, answer });
//   mail.letters: [{ from, to, raw, subject, text, headers, tls, user }] in the order of arrival
//   answer(command, n): another answer than the usual to EHLO, MAIL, RCPT, DATA, END (of the letter);
//     'drop' hangs up without one, 'never' says nothing; { drip: text } sends it byte by byte
import net from 'node:net';
import tls from 'node:tls';

const USUAL = { MAIL: '250 ok', RCPT: '250 ok', DATA: '354 go ahead', END: '250 taken', RSET: '250 ok', NOOP: '250 ok' };

export async function startSmtp({ tls: keys, implicit = false, auth, answer = () => undefined } = {}) {
  const letters = [];
  const conversations = [];
  const sockets = new Set();
  const self = { letters, conversations, answer };
  const secure = keys && tls.createSecureContext(keys);

  const serve = (plain) => {
    sockets.add(plain);
    plain.on('close', () => sockets.delete(plain)).on('error', () => {});
    const talk = { commands: [], tls: implicit };
    conversations.push(talk);
    if (implicit) converse(new tls.TLSSocket(plain, { isServer: true, secureContext: secure }), talk, true);
    else converse(plain, talk, false);
  };

  function converse(socket, talk, encrypted, greet = true) {
    let rest = '';
    let letter = { to: [] };
    let data = null;

    const say = (text) => socket.write(`${text}\r\n`);
    const put = async (command, usual) => {
      const told = self.answer(command, conversations.length) ?? usual;
      if (told === 'drop') socket.destroy();
      else if (told.drip) for (const c of `${told.drip}\r\n`) { socket.write(c); await new Promise((r) => { setTimeout(r, 20); }); } // eslint-disable-line
      else if (told !== 'never') say(told);
      return told;
    };
    const take = async () => {
      const raw = data.map((l) => `${l.replace(/^\./, '')}\r\n`).join('');
      letters.push({ ...letter, raw, tls: encrypted, user: talk.user, ...readLetter(raw) });
      data = null;
      letter = { to: [] };
      await put('END', USUAL.END);
    };
    const commands = {
      async EHLO() {
        const more = [...(keys && !encrypted ? ['STARTTLS'] : []), ...(auth ? ['AUTH PLAIN'] : []), 'SIZE 1000000'];
        await put('EHLO', ['peer', ...more].map((w, i) => `250${i < more.length ? '-' : ' '}${w}`).join('\r\n'));
      },
      STARTTLS() {
        say('220 go ahead');
        socket.removeAllListeners('data');
        converse(new tls.TLSSocket(socket, { isServer: true, secureContext: secure }), talk, true, false);
      },
      AUTH(line) {
        const [, user, password] = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString().split('\0');
        const good = user === auth?.user && password === auth?.password;
        if (good) talk.user = user;
        say(good ? '235 welcome' : '535 who are you');
      },
      async MAIL(line) {
        letter = { from: /<(.*?)>/.exec(line)[1], to: [] };
        await put('MAIL', auth && !talk.user ? '530 log in first' : USUAL.MAIL);
      },
      async RCPT(line) {
        const address = /<(.*?)>/.exec(line)[1];
        const told = await put(`RCPT ${address}`, USUAL.RCPT);
        if (told === USUAL.RCPT) letter.to.push(address);
      },
      async DATA() {
        if (await put('DATA', USUAL.DATA) === USUAL.DATA) data = [];
      },
      QUIT() { say('221 bye'); socket.end(); },
    };
    socket.setEncoding('latin1').on('error', () => {}).on('data', async (chunk) => {
      rest += chunk;
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (data) {
          if (line === '.') await take();
          else data.push(line);
        } else {
          talk.commands.push(line);
          const word = line.split(' ')[0].toUpperCase();
          await (commands[word] ?? (() => say(USUAL[word] ?? '502 what')))(line);
        }
      }
    });
    if (greet) say('220 peer');
  }

  const server = net.createServer(serve);
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address();
  return Object.assign(self, {
    port,
    url: `${implicit ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => {
      for (const s of sockets) s.destroy();
      server.close(resolve);
    }),
  });
}

// What a mail program would show of one of our letters.
export function readLetter(raw) {
  const end = raw.indexOf('\r\n\r\n');
  const headers = Object.fromEntries(raw.slice(0, end).replace(/\r\n[ \t]+/g, ' ').split('\r\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const words = (s) => s.replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?B\?([^?]*)\?=/gi, (_, b) => Buffer.from(b, 'base64').toString('latin1'));
  const bytes = raw.slice(end + 4).replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16)));
  return {
    headers,
    subject: Buffer.from(words(headers.subject), 'latin1').toString('utf8'),
    text: Buffer.from(bytes, 'latin1').toString('utf8').replace(/\r\n/g, '\n'),
  };
}
