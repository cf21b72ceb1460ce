// What changes is shown when it changes: the gateway says over one stream (GET /api/v1/events) what kind of thing changed, and
// who shows such things asks again, at most once a second. Without the stream everybody asks every few seconds.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { byItself, Problem } from './api';

export type Topic = 'decision' | 'number' | 'pause' | 'alarm' | 'campaign' | 'incident' | 'import' | 'person' | 'template'
  | 'integration' | 'settings';

const POLL_MS = 5000; // without the stream
const SLOW_POLL_MS = 60000; // beside it
const PACE_MS = 1000;
const RETRY_MS = 15000; // of a stream that was refused

type Listener = (topics: readonly string[]) => void;

const listeners = new Set<Listener>();
const watchers = new Set<(on: boolean) => void>();
let source: EventSource | undefined;
let streaming = false;

function be(on: boolean): void {
  streaming = on;
  watchers.forEach((w) => w(on));
}

function close(): void {
  source?.close();
  source = undefined;
  be(false);
}

// A browser has few connections to one place: a page that nobody sees keeps none.
function open(): void {
  if (source || document.hidden) return;
  const own = new EventSource('/api/v1/events');
  source = own;
  own.addEventListener('hello', () => {
    be(true);
    listeners.forEach((l) => l(['all']));
  });
  own.addEventListener('changed', (e: MessageEvent<string>) => {
    const topics = e.data.split(' ');
    listeners.forEach((l) => l(topics));
  });
  own.addEventListener('error', () => {
    be(false);
    if (own.readyState !== EventSource.CLOSED) return;
    close();
    setTimeout(open, RETRY_MS);
  });
}

document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));

export function startStream(): void {
  open();
}

// Do changes come by the stream?
export function useStreaming(): boolean {
  const [on, set] = useState(streaming);
  useEffect(() => {
    watchers.add(set);
    set(streaming);
    return () => { watchers.delete(set); };
  }, []);
  return on;
}

export interface Loaded<T> {
  data: T | undefined;
  at: string;
  error: Error | undefined;
  again: () => void;
}

// Asks at once, and then whenever one of `topics` changed (without topics: whatever changed). What came last stays while a
// later answer fails.
export function useLive<T>(ask: (signal: AbortSignal) => Promise<T>, key: string, topics?: readonly Topic[]): Loaded<T> {
  const [data, setData] = useState<{ key: string; value: T; at: string }>();
  const [error, setError] = useState<Error>();
  const [turn, setTurn] = useState(0);
  const asked = useRef(ask);
  asked.current = ask;
  const wanted = topics?.join(' ');

  useEffect(() => {
    const first = new AbortController(), stop = new AbortController();
    byItself.add(stop.signal);
    let signal = first.signal;
    let timer: ReturnType<typeof setTimeout> | undefined, busy = false, missed = false, last = 0;
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(go, missed ? Math.max(0, last + PACE_MS - Date.now()) : streaming ? SLOW_POLL_MS : POLL_MS);
    };
    const go = async () => {
      busy = true;
      missed = false;
      last = Date.now();
      try {
        const value = await asked.current(signal);
        setData({ key, value, at: new Date().toISOString() });
        setError(undefined);
      } catch (e) {
        if (stop.signal.aborted) return;
        if (e instanceof Problem && e.status === 401) location.reload();
        setError(e as Error);
      }
      busy = false;
      signal = stop.signal;
      if (!stop.signal.aborted) later();
    };
    const listen: Listener = (changed) => {
      if (wanted !== undefined && !changed.some((c) => c === 'all' || wanted.split(' ').includes(c))) return;
      missed = true;
      if (!busy) later();
    };
    listeners.add(listen);
    void go();
    return () => {
      listeners.delete(listen);
      first.abort();
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, turn, wanted]);

  const fresh = data?.key === key ? data : undefined;
  return { data: fresh?.value, at: fresh?.at ?? '', error, again: useCallback(() => setTurn((n) => n + 1), []) };
}
