// The public API, /api/v1, and nothing else: whatever the console can do, everybody can. What stands in an answer is of
// the types that the description of the API gives.
import type { components } from 'api-types';

export type Schemas = components['schemas'];

// An error that the gateway gave, in its own words (RFC 9457).
export class Problem extends Error {
  // field: of the request, where it is about one
  constructor(readonly status: number, message: string, readonly field = '') {
    super(message);
  }
}

type Values = Record<string, string | number | boolean | readonly string[] | undefined>;

function query(values: Values): string {
  const given = Object.entries(values).filter(([, v]) => v !== undefined && v !== '');
  const text = new URLSearchParams(given.map(([k, v]) => [k, String(v)])).toString();
  return text && `?${text}`;
}

let lang = 'en';
export function speak(code: string): void {
  lang = code;
}

type Body = object | Blob;

// Of what a page asks again without anybody having asked for it: no use of a session.
export const byItself = new WeakSet<AbortSignal>();

async function ask(method: string, path: string, body?: Body, signal?: AbortSignal): Promise<Response> {
  const file = body instanceof Blob;
  const answer = await fetch(`/api/v1${path}`, {
    method,
    signal: signal ?? null,
    headers: {
      'Accept-Language': lang,
      ...(signal && byItself.has(signal) && { 'X-Varco-By-Itself': '1' }),
      ...(body && { 'Content-Type': file ? body.type || 'application/octet-stream' : 'application/json' }),
    },
    body: file ? body : body ? JSON.stringify(body) : null,
  });
  if (answer.ok) return answer;
  const { detail, title, field } = await answer.json().catch(() => ({})) as { detail?: string; title?: string; field?: string | null };
  throw new Problem(answer.status, detail ?? title ?? `${answer.status} ${answer.statusText}`, field ?? '');
}

async function call<T>(method: string, path: string, body?: Body, signal?: AbortSignal): Promise<T> {
  const answer = await ask(method, path, body, signal);
  try {
    return await answer.json() as T;
  } catch {
    throw new Problem(answer.status, `${answer.status} ${answer.statusText}`);
  }
}

// An answer that is a file.
export async function text(path: string, signal?: AbortSignal): Promise<string> {
  return (await ask('GET', path, undefined, signal)).text();
}

// A file as it is, with its fields in the address.
export function send<T>(path: string, values: Values, file: Blob): Promise<T> {
  return call('POST', path + query(values), file);
}

export function get<T>(path: string, values: Values = {}, signal?: AbortSignal): Promise<T> {
  return call('GET', path + query(values), undefined, signal);
}

export function post<T>(path: string, body: object = {}): Promise<T> {
  return call('POST', path, body);
}

export function drop<T>(path: string): Promise<T> {
  return call('DELETE', path);
}

export function patch<T>(path: string, body: object): Promise<T> {
  return call('PATCH', path, body);
}

export function keep(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// A file that an operation answers with, put where the browser keeps what is downloaded.
export async function save(name: string, path: string, values: Values = {}, method: 'GET' | 'POST' = 'GET'): Promise<Blob> {
  const posts = method === 'POST';
  const answer = await fetch(`/api/v1${path}${posts ? '' : query(values)}`, {
    method,
    headers: { 'Accept-Language': lang, ...(posts && { 'Content-Type': 'application/json' }) },
    body: posts ? JSON.stringify(values) : null,
  });
  const content = await answer.blob();
  if (!answer.ok) {
    const { detail } = JSON.parse(await content.text().catch(() => '{}')) as { detail?: string };
    throw new Problem(answer.status, detail ?? `${answer.status} ${answer.statusText}`);
  }
  keep(name, content);
  return content;
}
