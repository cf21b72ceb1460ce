// What a template looks like to whom it is sent, as inert text: no links, no formatting, nothing that can be pressed.
import { Foreign } from '../parts';
import { words } from '../texts';

const t = words({
  media: ['[{0}]', '[{0}]'],
  image: ['picture', 'immagine'],
  video: ['video', 'video'],
  document: ['document', 'documento'],
  location: ['place', 'luogo'],
  code_text: ['{0} is your verification code.', '{0} è il tuo codice di verifica.'],
  what_it_looks_like: ['Preview of {0}', 'Anteprima di {0}'],
  its_text: ['Text', 'Testo'],
});

export interface Part {
  type?: string;
  format?: string;
  text?: string;
  buttons?: { type?: string; text?: string; url?: string }[];
}

// {{1}} and {{name}}, with what stands in for them.
function filled(text: string, values: Record<string, string>, prefix: string) {
  const pieces = text.split(/\{\{\s*([^{}]+?)\s*\}\}/);
  return pieces.map((piece, i) => (i % 2 ? <mark><Foreign>{values[prefix + piece] || `{{${piece}}}`}</Foreign></mark> : piece));
}

export function parts(components: unknown): Part[] {
  return Array.isArray(components) ? components.filter((c): c is Part => typeof c === 'object' && c !== null) : [];
}

const kind = (p: Part) => String(p.type ?? '').toUpperCase();

// The variables of a template, as a campaign's mapping calls them.
export function variables(components: unknown): string[] {
  const found: string[] = [];
  const of = (text: unknown, prefix: string) => {
    for (const m of String(text ?? '').matchAll(/\{\{\s*([^{}]+?)\s*\}\}/g)) found.push(prefix + m[1]);
  };
  for (const p of parts(components)) {
    if (kind(p) === 'BODY') of(p.text, '');
    if (kind(p) === 'HEADER' && (p.format ?? 'TEXT').toUpperCase() === 'TEXT') of(p.text, 'header.');
    if (kind(p) === 'HEADER' && /IMAGE|VIDEO|DOCUMENT/i.test(p.format ?? '')) found.push('header');
    p.buttons?.forEach((b, i) => {
      if (/\{\{/.test(b.url ?? '') || /COPY_CODE/i.test(b.type ?? '')) found.push(`button.${i}`);
    });
  }
  return [...new Set(found)];
}

function Header({ p, values }: { p: Part; values: Record<string, string> }) {
  const format = (p.format ?? 'TEXT').toLowerCase();
  const media = format === 'image' || format === 'video' || format === 'document' || format === 'location' ? format : '';
  return <p class="head">{media ? t('media', t(media)) : <Foreign>{filled(p.text ?? '', values, 'header.')}</Foreign>}</p>;
}

export function Preview({ name, components, values = {} }:
  { name: string; components: unknown; values?: Record<string, string> }) {
  const all = parts(components);
  return (
    <figure class="bubble" aria-label={t('what_it_looks_like', name)}>
      {all.map((p) => {
        if (kind(p) === 'HEADER') return <Header p={p} values={values} />;
        if (kind(p) === 'BODY') return <p class="text"><Foreign>{filled(p.text ?? t('code_text', '{{1}}'), values, '')}</Foreign></p>;
        if (kind(p) === 'FOOTER') return p.text ? <p class="source"><Foreign>{p.text}</Foreign></p> : null;
        if (kind(p) === 'BUTTONS')
          return <ul class="buttons">{p.buttons?.map((b) => <li><Foreign>{b.text ?? b.type}</Foreign>{b.url && <small><Foreign>{b.url}</Foreign></small>}</li>)}</ul>;
        return null;
      })}
    </figure>
  );
}
