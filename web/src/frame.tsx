// What stands on every page: where one can go, what one looks for, whose numbers it is about, whether it is real, how fresh it
// is, and the switch that stops marketing.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { drop, get, type Schemas } from './api';
import { chooseClient, useClient, type Client } from './client';
import { useLive, useStreaming } from './live';
import { LOOKS, look, setLook, type Look } from './look';
import { seek } from './search';
import { me, roleName } from './session';
import { Shortcuts } from './shortcuts';
import { Stop } from './stop';
import { chooseOther, t, time } from './texts';
import { toast, toastError } from './toast';
import { Density } from './views';

function Search() {
  const [text, setText] = useState('');
  const submit = (e: SubmitEvent) => {
    e.preventDefault();
    const address = seek(text);
    if (!address) return toast(t('search_empty'), true);
    setText('');
    location.hash = address;
  };
  return (
    <form role="search" onSubmit={submit} class="search">
      <input type="search" id="search" aria-label={t('search')} placeholder={t('search_for')} maxLength={200} autoComplete="off" spellcheck={false}
        value={text} onInput={(e) => setText(e.currentTarget.value)} />
      <button type="submit">{t('search_go')}</button>
    </form>
  );
}

// Portfolios and their accounts; the name of one is that of its first account.
function clientsOf(accounts: readonly Schemas['Account'][]): Client[] {
  const ids = [...new Set(accounts.map((a) => a.portfolio))];
  return ids.map((portfolio) => {
    const own = accounts.filter((a) => a.portfolio === portfolio);
    return { portfolio, name: own[0]!.name, wabas: own.map((a) => a.waba) };
  });
}

const HUES = 6; // beside the name: a client's colour is the same for as long as there are the same clients

function ClientChoice() {
  const client = useClient();
  const accounts = useLive((signal) => get<Schemas['AccountList']>('/accounts', { limit: 1000 }, signal), 'clients', ['number', 'settings']);
  const clients = clientsOf(accounts.data?.items ?? []);
  const choose = (id: string) => chooseClient(clients.find((c) => c.portfolio === id));
  // One that is gone, or was chosen by somebody else who signed in here before, narrows nothing any more.
  const gone = accounts.data !== undefined && client.portfolio !== '' && !clients.some((c) => c.portfolio === client.portfolio);
  useEffect(() => { if (gone) chooseClient(undefined); }, [gone]);
  if (clients.length < 2) return clients[0] ? <span class="client"><bdi>{clients[0].name}</bdi></span> : null;
  const hue = client.portfolio ? clients.findIndex((c) => c.portfolio === client.portfolio) % HUES : 'all';
  return (
    <label class={`client hue-${hue}`}><span class="unseen">{t('client')}</span>
      <select value={client.portfolio} onChange={(e) => choose(e.currentTarget.value)}>
        <option value="">{t('all_clients', clients.length)}</option>
        {clients.map((c) => <option value={c.portfolio}>{c.name}</option>)}
      </select>
    </label>
  );
}

function isHere(address: string): boolean {
  try {
    return /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(address).hostname);
  } catch {
    return false;
  }
}

function Badges({ status }: { status: Schemas['Status'] }) {
  const simulated = isHere(status.upstream.base_url);
  return (
    <span class="badges">
      <strong class={simulated ? 'badge' : 'badge live'} title={t(simulated ? 'simulation_is' : 'live_is')}>{t(simulated ? 'simulation' : 'live')}</strong>
      <span class="badge" title={t(status.mode === 'enforce' ? 'enforcing' : 'observing')}>{t(status.mode === 'enforce' ? 'enforce' : 'observe')}</span>
    </span>
  );
}

// "3 s": only what an age is good for.
function age(at: string): string {
  const s = Math.max(0, Math.round((Date.now() - Date.parse(at)) / 1000));
  const [n, unit] = s < 90 ? [s, 'second'] as const : s < 5400 ? [Math.round(s / 60), 'minute'] as const
    : s < 172800 ? [Math.round(s / 3600), 'hour'] as const : [Math.round(s / 86400), 'day'] as const;
  return new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit, unitDisplay: 'short' }).format(n);
}

function Freshness({ status, failed }: { status: Schemas['Status'] | undefined; failed: boolean }) {
  const streaming = useStreaming();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 10000);
    return () => clearInterval(timer);
  }, []);
  const f = status?.freshness;
  const items: [string, boolean][] = [
    [failed ? t('gateway_silent') : t(streaming ? 'streaming' : 'polling'), failed],
    ...(f ? [
      [f.webhook_at ? t('webhooks_ago', age(f.webhook_at)) : t('webhooks_none'), false] as [string, boolean],
      [f.upstream_at ? t('upstream_ago', age(f.upstream_at)) : t('upstream_none'), false] as [string, boolean],
      [f.checkpoint_at ? t('checkpoint_at', time(f.checkpoint_at)) : t('checkpoint_none'), false] as [string, boolean],
    ] : []),
  ];
  return <ul class="freshness" aria-label={t('freshness')}>{items.map(([text, bad]) => <li class={bad ? 'bad' : ''}>{text}</li>)}</ul>;
}

async function signOut(): Promise<void> {
  try {
    await drop('/session');
    location.reload();
  } catch (e) {
    toastError(e);
  }
}

function Looks() {
  const [now, set] = useState<Look>(look());
  const choose = (to: string) => {
    const found = LOOKS.find((l) => l === to) ?? 'system';
    setLook(found);
    set(found);
  };
  return (
    <label>{t('look')}
      <select value={now} onChange={(e) => choose(e.currentTarget.value)}>
        {LOOKS.map((l) => <option value={l}>{t(`look_${l}`)}</option>)}
      </select>
    </label>
  );
}

function Foot({ entries }: { entries: readonly Entry[] }) {
  const who = me();
  return (
    <footer>
      <p>{who.by === 'user' ? <bdi>{who.name}</bdi> : t('operator')}{`, ${roleName(who.role)}`}</p>
      <div class="row">
        <Looks />
        <Density />
        <button type="button" lang={t('other_lang')} onClick={chooseOther}>{t('other_language')}</button>
        <button type="button" onClick={signOut}>{t('sign_out')}</button>
        <Shortcuts entries={entries} />
      </div>
      <p><a href="licences.txt">{t('licences')}</a></p>
    </footer>
  );
}

export interface Entry {
  key: string;
  name: string;
}

export function Frame({ entries, at, title, children }:
  { entries: readonly Entry[]; at: string; title: string; children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const status = useLive((signal) => get<Schemas['Status']>('/status', {}, signal), 'frame', ['settings']);
  useEffect(() => {
    setOpen(false);
    document.title = `${title} – ${t('name')}`;
  }, [title]);
  const toContent = (e: Event) => {
    e.preventDefault();
    document.querySelector<HTMLElement>('h1')?.focus();
  };
  return (
    <>
      <a class="skip" href="#content" onClick={toContent}>{t('skip')}</a>
      <header>
        <button type="button" class="menu" aria-expanded={open} aria-controls="side" onClick={() => setOpen(!open)}>{t('menu')}</button>
        <span class="brand">{t('name')}</span>
        {status.data && <Badges status={status.data} />}
        <ClientChoice />
        <Search />
        <Stop />
      </header>
      <div class={open ? 'side open' : 'side'} id="side">
        <nav aria-label={t('sections')}>
          {entries.map((e) => <a href={`#/${e.key}`} aria-current={e.key === at ? 'page' : undefined}>{e.name}</a>)}
        </nav>
        <Foot entries={entries} />
      </div>
      <main id="content">
        <Freshness status={status.data} failed={status.error !== undefined} />
        {children}
      </main>
    </>
  );
}
