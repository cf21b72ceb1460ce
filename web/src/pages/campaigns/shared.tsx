// What several pages of campaigns share.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Schemas } from '../../api';
import { Act, Foreign, mayAll, mayAs, mayIf, type Loaded } from '../../parts';
import type { Role } from '../../session';
import type { Who } from '../who';
import { t } from './words';

export type Campaign = Schemas['Campaign'];

const states = {
  loading: 'loading_state', draft: 'draft', approved: 'approved', released: 'released', running: 'running', held: 'held_state',
  paused: 'paused', done: 'done', cancelled: 'cancelled',
} as const;
export const STATES = Object.keys(states) as (keyof typeof states)[];

export function stateName(state: string): string {
  return state in states ? t(states[state as keyof typeof states]) : state;
}

export function State({ of }: { of: string }) {
  const tone = /^(running|done)$/.test(of) ? 'good' : /^(paused|cancelled)$/.test(of) ? 'bad' : 'plain';
  return <span class={`word ${tone}`}>{stateName(of)}</span>;
}

// Why it is no longer edited, and what to do instead; '' while it may be.
export function whyNoEdit(c: Campaign): string {
  if (c.state === 'draft') return '';
  return t(c.state === 'loading' ? 'is_loading' : c.state === 'approved' ? 'no_edit_approved' : 'no_edit_late');
}

// A button of those who may; `why` is what else stands in its way.
export function Deed({ name, why = '', run, roles = [], danger = false }:
  { name: string; why?: string; run: () => void; roles?: readonly Role[]; danger?: boolean }) {
  const may = mayAll(...(roles.length ? [mayAs(...roles)] : []), mayIf(!why, why));
  return <Act may={may} onDo={run} danger={danger && may.may}>{name}</Act>;
}

export function NameField({ who }: { who: Who }) {
  if (who.name) return null;
  return (
    <label>{t('your_name')}
      <input name="by" autoComplete="name" value={who.typed} onInput={(e) => who.type(e.currentTarget.value)} />
    </label>
  );
}

// Runs what may fail, and says how it went.
export function useDeed(): { busy: boolean; said: string; failed: string; run: (deed: () => Promise<string>) => void } {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState('');
  const [failed, setFailed] = useState('');
  const run = (deed: () => Promise<string>) => {
    setBusy(true);
    setFailed('');
    setSaid('');
    deed().then(setSaid, (e: unknown) => setFailed((e as Error).message)).finally(() => setBusy(false));
  };
  return { busy, said, failed, run };
}

export function Said({ of }: { of: { said: string; failed: string } }) {
  return (
    <>
      <p role="status" class={of.said ? 'note' : ''}><Foreign>{of.said}</Foreign></p>
      {of.failed && <p role="alert" class="note bad"><Foreign>{of.failed}</Foreign></p>}
    </>
  );
}

interface Share {
  name: string;
  n: number;
  tone: 'good' | 'wait' | 'bad' | 'rest';
}

// A bar of shares. Its table and its sentence stand beside it: the picture says nothing that they do not.
export function Shares({ title, of }: { title: string; of: readonly Share[] }) {
  const sum = of.reduce((n, s) => n + s.n, 0);
  let from = 0;
  return (
    <>
      <svg class="bar" viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label={title}>
        {of.filter((s) => s.n > 0).map((s) => {
          const x = from;
          from += (s.n / (sum || 1)) * 1000;
          return <rect class={`fill-${s.tone}`} x={x} y="0" width={from - x} height="20" />;
        })}
      </svg>
      <ul class="key">{of.filter((s) => s.n > 0).map((s) => <li><span class={`dot fill-${s.tone}`} aria-hidden="true" /> {s.name}: {s.n}</li>)}</ul>
    </>
  );
}

export function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return <section class="card"><h2>{title}</h2>{children}</section>;
}

// Asks once, or every so often: for what no change of the gateway's tells of, or costs too much to ask for with each.
export function useAsked<T>(ask: (signal: AbortSignal) => Promise<T>, key: string, every = 0): Loaded<T> {
  const [seen, setSeen] = useState<{ key: string; data?: T; at: string; error?: Error }>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const go = async () => {
      try {
        setSeen({ key, data: await ask(stop.signal), at: new Date().toISOString() });
      } catch (e) {
        if (stop.signal.aborted) return;
        setSeen((old) => ({ ...(old?.key === key ? old : { at: '' }), key, error: e as Error }));
      }
      if (every && !stop.signal.aborted) timer = setTimeout(go, every);
    };
    void go();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, every, turn]);
  const fresh = seen?.key === key ? seen : undefined;
  return { data: fresh?.data, at: fresh?.at ?? '', error: fresh?.error, again: () => setTurn((n) => n + 1) };
}
