// A sign-in provider on loopback: OpenID Connect by the code flow, just enough of it, with keys of its own.
//
//   const provider = await startProvider();           provider.issuer; after(() => provider.stop())
//   provider.user = { sub, email, email_verified }    who sits before it
//   provider.change = { … }                           what it does differently; see CHANGES; {} = nothing
//   provider.asked                                    { path: how often }
//   provider.before                                   { path: (req, res) => … }: is waited for before it answers there
//   provider.rotate()                                 another pair of keys, under other names
//   provider.stop(), provider.start()                 it goes away, and comes back at the same address
//
// CHANGES: document (values over its discovery document), claims (over those of the ID token), header (of that), key
// ('none', 'hs256', 'other': how it is signed), alg ('ES256'), token (instead of it), answer ({status, headers, body} of the
// token endpoint), error (instead of a code), iss (beside the code), login (true: a page with a link, as people see one).
import { createHash, createHmac, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import http from 'node:http';

export const CLIENT = { id: 'varco', secret: 'tre sandali/rossi' };

const b64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const pair = (kid, type, options) => ({ kid, ...generateKeyPairSync(type, options) });

function makeKeys(round) {
  return {
    RS256: pair(`rsa-${round}`, 'rsa', { modulusLength: 2048 }),
    ES256: pair(`ec-${round}`, 'ec', { namedCurve: 'P-256' }),
  };
}

const SIGNERS = {
  own: (data, { alg, keys }) => sign('sha256', data, { key: keys[alg].privateKey, dsaEncoding: 'ieee-p1363' }),
  other: (data, { alg }) => sign('sha256', data, { key: makeKeys(0)[alg].privateKey, dsaEncoding: 'ieee-p1363' }),
  hs256: (data, { keys }) => createHmac('sha256', createPublicKey(keys.RS256.privateKey).export({ type: 'spki', format: 'pem' })).update(data).digest(),
  none: () => '',
};

export async function startProvider() {
  const codes = new Map();
  let keys = makeKeys(1), rounds = 1, server;
  const self = { user: {}, change: {}, asked: {}, before: {}, secret: CLIENT.secret };

  const idToken = (nonce) => {
    const { change, issuer } = self;
    const alg = change.alg ?? 'RS256', now = Math.floor(Date.now() / 1000);
    const kid = keys[alg].kid;
    const header = { alg: { none: 'none', hs256: 'HS256' }[change.key] ?? alg, kid, typ: 'JWT', ...change.header };
    const claims = { iss: issuer, aud: CLIENT.id, iat: now, exp: now + 300, nonce, ...self.user, ...change.claims };
    const data = `${b64(header)}.${b64(claims)}`;
    return `${data}.${Buffer.from(SIGNERS[change.key ?? 'own'](Buffer.from(data), { alg, keys })).toString('base64url')}`;
  };

  const routes = {
    '/.well-known/openid-configuration': (url, body, res) => json(res, 200, {
      issuer: self.issuer, authorization_endpoint: `${self.issuer}/authorize`, token_endpoint: `${self.issuer}/token`,
      jwks_uri: `${self.issuer}/keys`, code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true, ...self.change.document,
    }),
    '/keys': (url, body, res) => json(res, 200, {
      keys: Object.entries(keys).map(([alg, k]) => ({ ...k.publicKey.export({ format: 'jwk' }), kid: k.kid, alg, use: 'sig' })),
    }),
    '/authorize': (url, body, res) => {
      const q = url.searchParams, back = new URL(q.get('redirect_uri'));
      const code = randomBytes(16).toString('base64url');
      codes.set(code, Object.fromEntries(q));
      back.searchParams.set('state', q.get('state'));
      back.searchParams.set(...(self.change.error ? ['error', self.change.error] : ['code', code]));
      back.searchParams.set('iss', self.change.iss ?? self.issuer);
      if (!self.change.login) return res.writeHead(302, { Location: back.href }).end();
      return res.writeHead(200, { 'Content-Type': 'text/html' })
        .end(`<!doctype html><title>Provider</title><a id="yes" href="${back.href.replaceAll('&', '&amp;')}">It is me</a>`);
    },
    '/token': (url, body, res, req) => {
      const { answer, token } = self.change;
      if (answer) return res.writeHead(answer.status, answer.headers).end(answer.body);
      const form = new URLSearchParams(body), asking = codes.get(form.get('code'));
      codes.delete(form.get('code'));
      const pairs = `${encodeURIComponent(CLIENT.id)}:${encodeURIComponent(self.secret)}`;
      const good = asking && form.get('grant_type') === 'authorization_code' && form.get('redirect_uri') === asking.redirect_uri &&
        createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url') === asking.code_challenge &&
        req.headers.authorization === `Basic ${Buffer.from(pairs).toString('base64')}`;
      if (!good) return json(res, 400, { error: 'invalid_grant' });
      return json(res, 200, { access_token: 'x', token_type: 'Bearer', id_token: token ?? idToken(asking.nonce) });
    },
  };

  function json(res, status, value) {
    res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  }

  async function handle(req, res) {
    const url = new URL(req.url, self.issuer);
    let body = '';
    for await (const chunk of req) body += chunk;
    self.asked[url.pathname] = (self.asked[url.pathname] ?? 0) + 1;
    await self.before[url.pathname]?.(req, res);
    const route = routes[url.pathname];
    if (route) route(url, body, res, req);
    else res.writeHead(404).end();
  }

  self.start = () => new Promise((resolve) => {
    server = http.createServer((req, res) => void handle(req, res));
    server.listen(self.issuer ? Number(new URL(self.issuer).port) : 0, '127.0.0.1', () => {
      self.issuer ??= `http://127.0.0.1:${server.address().port}`;
      resolve();
    });
  });
  self.stop = () => new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  });
  self.rotate = () => { keys = makeKeys(++rounds); };
  await self.start();
  return self;
}

// The part of a configuration that names it, as the environment has it.
export function providerEnv(provider, secretFile) {
  return {
    VARCO_OIDC_ISSUER: provider.issuer, VARCO_OIDC_CLIENT_ID: CLIENT.id, VARCO_OIDC_CLIENT_SECRET_FILE: secretFile,
    VARCO_OIDC_NAME: 'Calzature SSO',
  };
}
