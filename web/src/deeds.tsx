// What pages do, as against what they show: forms, what is under way, what came of it.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Foreign } from './parts';
import type { May } from './session';
import { t, words } from './texts';

const w = words({
  working: ['Working …', 'In corso …'],
  copy: ['Copy', 'Copia'],
  copied: ['Copied.', 'Copiato.'],
  not_copied: ['It could not be copied: select it and copy it yourself.', 'Non è stato possibile copiare: seleziona e copia tu.'],
  type_it: ['Type {0} to confirm', 'Scrivi {0} per confermare'],
  why_not: ['First type {0}.', 'Prima scrivi {0}.'],
});

export interface Deed {
  busy: boolean;
  error: string;
  done: string;
  run: (what: () => Promise<string | undefined>) => Promise<boolean>;
}

// One deed at a time. What it gives back is said; an error is said in the gateway's own words.
export function useDeed(): Deed {
  const [state, setState] = useState({ busy: false, error: '', done: '' });
  const busy = useRef(false);
  const run = async (what: () => Promise<string | undefined>) => {
    if (busy.current) return false;
    busy.current = true;
    setState({ busy: true, error: '', done: '' });
    try {
      const done = await what();
      setState({ busy: false, error: '', done: done ?? '' });
      return true;
    } catch (e) {
      setState({ busy: false, error: (e as Error).message, done: '' });
      return false;
    } finally {
      busy.current = false;
    }
  };
  return { ...state, run };
}

export function Outcome({ of }: { of: Deed }) {
  return (
    <>
      <p role="status" class={of.done ? 'note' : ''}><bdi>{of.busy ? w('working') : of.done}</bdi></p>
      {of.error && <p role="alert" class="bad"><Foreign>{of.error}</Foreign></p>}
    </>
  );
}

// A button that cannot be used says why.
export function Submit({ deed, children, danger, why = '' }:
  { deed: Deed; children: ComponentChildren; danger?: boolean; why?: string }) {
  const id = useId();
  return (
    <p class="row">
      <button type="submit" class={danger ? 'danger' : ''} aria-disabled={why !== '' || deed.busy} aria-describedby={why ? id : undefined}>{children}</button>
      {why && <span id={id} class="source">{why}</span>}
    </p>
  );
}

export type Given = Record<string, string>;

// A form: what its fields have, without blanks around it and without what is empty, goes to `run`.
export function Ask({ deed, run, button, danger, may, why = '', children, onChange }: {
  deed: Deed; run: (given: Given, form: HTMLFormElement) => Promise<string | undefined>; button: string;
  danger?: boolean; may?: May; why?: string; children?: ComponentChildren; onChange?: (given: Given) => void;
}) {
  const cannot = may?.why || why;
  const read = (form: HTMLFormElement) => Object.fromEntries([...new FormData(form)]
    .map(([k, v]) => [k, typeof v === 'string' ? v.trim() : '']).filter(([, v]) => v)) as Given;
  const submit = (e: SubmitEvent) => {
    e.preventDefault();
    const form = e.currentTarget as HTMLFormElement;
    if (cannot) return;
    void deed.run(() => run(read(form), form));
  };
  return (
    <form class="ask" onSubmit={submit} onInput={(e) => onChange?.(read(e.currentTarget))}>
      {children}
      <Outcome of={deed} />
      <Submit deed={deed} danger={danger ?? false} why={cannot}>{button}</Submit>
    </form>
  );
}

interface Common {
  name: string;
  label: string;
  help?: string;
  required?: boolean;
}

export function Field({ name, label, help, required, value = '', type = 'text', area, max }:
  Common & { value?: string; type?: 'text' | 'date' | 'url' | 'number'; area?: boolean; max?: number }) {
  const id = useId();
  const common = { name, required: required ?? false, 'aria-describedby': help ? id : undefined, maxLength: max };
  return (
    <label>{label}
      {area ? <textarea {...common} rows={4} defaultValue={value} /> : <input {...common} type={type} defaultValue={value} />}
      {help && <span id={id} class="source">{help}</span>}
    </label>
  );
}

export function Choice({ name, label, help, options, value = '' }:
  Common & { options: readonly (readonly [string, string])[]; value?: string }) {
  const id = useId();
  return (
    <label>{label}
      <select name={name} aria-describedby={help ? id : undefined}>
        {options.map(([v, said]) => <option value={v} selected={v === value}>{said}</option>)}
      </select>
      {help && <span id={id} class="source">{help}</span>}
    </label>
  );
}

// Several of a few, as the list that the API takes: checked(form, name).
export function Several({ name, label, options, value = [] }:
  Common & { options: readonly (readonly [string, string])[]; value?: readonly string[] }) {
  return (
    <fieldset>
      <legend>{label}</legend>
      {options.map(([v, said]) =>
        <label class="check"><input type="checkbox" name={name} value={v} defaultChecked={value.includes(v)} /> <Foreign>{said}</Foreign></label>)}
    </fieldset>
  );
}

export function checked(form: HTMLFormElement, name: string): string[] {
  return new FormData(form).getAll(name).map(String);
}

// What cannot be undone takes a word typed.
export function Confirm({ deed, word, button, run, may, children }: {
  deed: Deed; word: string; button: string; may?: May; run: (given: Given) => Promise<string | undefined>; children?: ComponentChildren;
}) {
  const [typed, setTyped] = useState('');
  return (
    <Ask deed={deed} run={(given) => { setTyped(''); return run(given); }} button={button} danger
      {...(may && { may })} why={typed === word ? '' : w('why_not', word)} onChange={(g) => setTyped(g.word ?? '')}>
      {children}
      <label>{w('type_it', word)}<input name="word" autoComplete="off" /></label>
    </Ask>
  );
}

export function Fold({ title, children, open }: { title: string; children: ComponentChildren; open?: boolean }) {
  return <details class="card" open={open}><summary>{title}</summary>{children}</details>;
}

// A text to take along.
export function Copied({ text, label }: { text: string; label: string }) {
  const [said, setSaid] = useState('');
  const copy = () => {
    navigator.clipboard.writeText(text).then(() => setSaid(w('copied')), () => setSaid(w('not_copied')));
  };
  return (
    <span class="row">
      <button type="button" onClick={copy} aria-label={`${w('copy')}: ${label}`}>{w('copy')}</button>
      <span role="status" class="source">{said}</span>
    </span>
  );
}

// Asked for once, and again when `key` changes or somebody wants it.
export function useOnce<T>(ask: () => Promise<T>, key: string) {
  const [data, setData] = useState<{ key: string; value: T; at: string }>();
  const [error, setError] = useState<Error>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let gone = false;
    setError(undefined);
    ask().then(
      (value) => { if (!gone) setData({ key, value, at: new Date().toISOString() }); },
      (e: unknown) => { if (!gone) setError(e as Error); });
    return () => { gone = true; };
  }, [key, turn]);
  const fresh = data?.key === key ? data : undefined;
  return { data: fresh?.value, at: fresh?.at ?? '', error, again: () => setTurn((n) => n + 1) };
}

// The parts of a section, as links.
export function Parts({ label, parts, at }: { label: string; parts: readonly (readonly [string, string])[]; at: string }) {
  return (
    <nav aria-label={label} class="parts">
      {parts.map(([href, said]) => <a href={href} aria-current={href === at ? 'page' : undefined}>{said}</a>)}
    </nav>
  );
}

export function Back({ to, said = t('back') }: { to: string; said?: string }) {
  return <p><a href={to}>{said}</a></p>;
}

// The name of a file, in base 64 what is in it.
export async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
