// One field for whatever somebody has at hand: the id of a decision, a message, a campaign, an incident, a phone number, the id
// of a person at Meta, the name of a template. What names a person is handed over in memory: an address stays in the
// browser's history and in screenshots.
import { to } from './place';

interface Kind {
  looks: RegExp;
  go: (text: string) => string;
  handed?: true;
}

// The first that fits.
const KINDS: readonly Kind[] = [
  { looks: /^dec_\w+$/, go: (id) => to('decisions', id) },
  { looks: /^cmp_\w+$/, go: (id) => to('campaigns', id) },
  { looks: /^inc_\w+$/, go: (id) => to('incidents', id) },
  { looks: /^imp_\w+$/, go: (id) => to('imports', id) },
  { looks: /^wamid\./, go: (id) => to('decisions', '', { wamid: id }) },
  { looks: /^\+?\d[\d ().-]{6,22}$/, go: () => to('people'), handed: true },
  { looks: /^[A-Z]{2}\.\w{8,}$/, go: () => to('people'), handed: true },
  { looks: /^[a-z0-9_]+$/, go: (name) => to('templates', '', { name }) },
  { looks: /./, go: () => to('people'), handed: true },
];

let sought = '';

// What was looked for, for the page that it was handed to; once.
export function takeSought(): string {
  const text = sought;
  sought = '';
  return text;
}

// The address of what somebody looks for. A page that is open already hears of it by "sought".
export function seek(text: string): string {
  const wanted = text.trim();
  const kind = KINDS.find((k) => k.looks.test(wanted));
  if (!kind) return '';
  if (kind.handed) {
    sought = wanted;
    queueMicrotask(() => dispatchEvent(new Event('sought')));
  }
  return kind.go(wanted);
}
