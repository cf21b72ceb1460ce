// Bytes on a socket, as no HTTP client would send them.
//
//   const r = await exchange(url, bytes);      r.statuses [400], r.text, r.closed by the server; it ends when the server
//                                              closes, or after `answers` whole answers
//   const drip = startDrip(url, bytes, {first, everyMs})   `first` at once, then a byte now and then; drip.closed resolves
//                                              when the server had enough
//   head('POST', '/path', {Header: 'value'})   a request's head, with Host and an empty line
import net from 'node:net';

const LIMIT_MS = 120000; // it fails a test, it does not time one

export function head(method, path, headers = {}) {
  const lines = Object.entries({ Host: 'varco.test', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function connect(url) {
  const { hostname, port } = new URL(url);
  return net.connect({ host: hostname, port: Number(port), noDelay: true });
}

// Whole answers of the text, one after the other: their statuses and bodies. All of ours have a Content-Length.
export function readAnswers(text) {
  const answers = [];
  for (let rest = text; rest;) {
    const found = /^HTTP\/1\.1 (\d{3})[^\r]*\r\n(?:[^\r\n]*\r\n)*?\r\n/.exec(rest);
    if (!found) break;
    const length = Number(/^content-length: (\d+)\r$/im.exec(found[0])?.[1] ?? 0);
    const end = found[0].length + length;
    if (rest.length < end) break;
    answers.push({ status: Number(found[1]), head: found[0], body: rest.slice(found[0].length, end) });
    rest = rest.slice(end);
  }
  return answers;
}

// `end` says that nothing more comes, as a client that leaves does; `answers` is how many to wait for, else the end.
export function exchange(url, bytes, { end = false, answers = Infinity } = {}) {
  return new Promise((resolve, reject) => {
    const socket = connect(url);
    const chunks = [];
    let closed = false;
    const finish = () => {
      clearTimeout(late);
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      const found = readAnswers(text);
      resolve({ text, closed, answers: found, statuses: found.map((x) => x.status) });
    };
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end to the answer: ${Buffer.concat(chunks).toString('latin1').slice(0, 200)}`));
    }, LIMIT_MS);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (readAnswers(Buffer.concat(chunks).toString('latin1')).length >= answers) finish();
    });
    socket.on('close', () => {
      closed = true;
      finish();
    });
    socket.on('error', () => {}); // a reset is an end, too
    socket.write(bytes);
    if (end) socket.end();
  });
}

export function startDrip(url, bytes, { everyMs = 200, first = '' } = {}) {
  const socket = connect(url);
  if (first) socket.write(first);
  const left = [...Buffer.from(bytes)];
  let text = '';
  const timer = setInterval(() => {
    if (left.length && socket.writable) socket.write(Buffer.of(left.shift()));
  }, everyMs);
  socket.on('data', (chunk) => { text += chunk.toString('latin1'); });
  socket.on('error', () => {});
  return {
    closed: new Promise((resolve) => {
      socket.on('close', () => {
        clearInterval(timer);
        resolve({ left: left.length, statuses: readAnswers(text).map((x) => x.status) });
      });
    }),
    stop() {
      clearInterval(timer);
      socket.destroy();
    },
  };
}
