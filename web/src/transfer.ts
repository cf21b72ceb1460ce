// Files, to the gateway and from it: what is no JSON object. The same public API, and the same errors.
import { Problem } from './api';
import { toast } from './toast';

async function refuse(answer: Response): Promise<never> {
  const { detail, title } = await answer.json().catch(() => ({})) as { detail?: string; title?: string };
  throw new Problem(answer.status, detail ?? title ?? `${answer.status} ${answer.statusText}`);
}

function headers(type: string): Record<string, string> {
  return { 'Accept-Language': document.documentElement.lang, 'Content-Type': type };
}

// A table as the body itself, so that it need not fit into memory twice.
export async function sendTable<T>(path: string, table: Blob, values: Record<string, string>): Promise<T> {
  const type = /\.xlsx$/i.test(table instanceof File ? table.name : '')
    ? 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' : 'text/csv';
  const answer = await fetch(`/api/v1${path}?${new URLSearchParams(values)}`, { method: 'POST', headers: headers(type), body: table });
  return answer.ok ? await answer.json() as T : refuse(answer);
}

export function keep(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

// What the gateway makes of the request goes into a file of that name.
export async function fetchFile(name: string, path: string, body?: Record<string, string | boolean>): Promise<void> {
  const answer = await fetch(`/api/v1${path}`, {
    method: body ? 'POST' : 'GET', headers: headers('application/json'), body: body ? JSON.stringify(body) : null,
  });
  if (!answer.ok) await refuse(answer);
  keep(name, await answer.blob());
}

// Changes the values that are given.
export async function change<T>(path: string, body: Record<string, string | number | boolean>): Promise<T> {
  const answer = await fetch(`/api/v1${path}`, { method: 'PATCH', headers: headers('application/json'), body: JSON.stringify(body) });
  return answer.ok ? await answer.json() as T : refuse(answer);
}

// Goes to another page, and says there what was done: what was said before goes with the page that it was said on.
export function goAndSay(hash: string, sentence: string): void {
  addEventListener('hashchange', () => toast(sentence), { once: true });
  location.hash = hash;
}
