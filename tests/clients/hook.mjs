// Loaded before a client (node --import): it writes down every exchange, and lets the name that a client has built in lead
// to Varco, as /etc/hosts and a forwarded port would. The client, its fetch and TLS's check of the name stay what they are.
//
//   VARCO_EXCHANGES   file that takes one line of JSON per exchange: {method, path, body, status, decision, answer}
//   VARCO_GRAPH_AT    host:port that graph.facebook.com:443 stands for; unset: names mean what they always mean
import { appendFileSync } from 'node:fs';
import tls from 'node:tls';

const { VARCO_EXCHANGES: file, VARCO_GRAPH_AT: graphAt } = process.env;

if (graphAt) {
  const { connect } = tls;
  const { hostname, port } = new URL(`https://${graphAt}`);
  tls.connect = (options, ...rest) => {
    if (options.host !== 'graph.facebook.com') return connect(options, ...rest);
    return connect({ ...options, servername: options.host, host: hostname, port: Number(port) }, ...rest);
  };
}

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readBody(body) {
  if (!(body instanceof FormData)) return readJson(body);
  return Object.fromEntries([...body].map(([name, value]) => [
    name, value instanceof Blob ? `@${value.name} (${value.type}, ${value.size} bytes)` : value]));
}

const plainFetch = globalThis.fetch;

globalThis.fetch = async (url, init = {}) => {
  const response = await plainFetch(url, init);
  const { pathname, search } = new URL(url);
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  appendFileSync(file, `${JSON.stringify({
    method: init.method ?? 'GET',
    path: pathname + search,
    body: init.body && readBody(init.body),
    status: response.status,
    decision: response.headers.get('varco-decision') ?? undefined,
    answer: isJson ? readJson(await response.clone().text()) : undefined,
  })}\n`);
  return response;
};
