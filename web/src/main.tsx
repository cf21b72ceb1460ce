// The console: signing in, then the frame with one section in it.
import { render, type JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, post, Problem, speak } from './api';
import { Frame } from './frame';
import { startStream } from './live';
import { look, setLook } from './look';
import { place, type Place } from './place';
import { signedIn, type Who } from './session';
import { lang, t } from './texts';
import { Toasts } from './toast';
import { applyDensity, Views } from './views';

type Page = (at: Place) => JSX.Element;

// Each is a file of its own, fetched when somebody opens it. With `under` one has no place of its own in the navigation, and
// belongs to another.
const sections: Record<string, { name: string; under?: string; load: () => Promise<Page> }> = {
  health: { name: t('health'), load: () => import('./pages/health').then((m) => m.Health) },
  fleet: { name: t('fleet'), under: 'numbers', load: () => import('./pages/fleet').then((m) => m.Fleet) },
  numbers: { name: t('numbers'), load: () => import('./pages/numbers').then((m) => m.Numbers) },
  decisions: { name: t('decisions'), load: () => import('./pages/decisions').then((m) => m.Decisions) },
  people: { name: t('people'), load: () => import('./pages/people').then((m) => m.People) },
  stops: { name: t('stops'), under: 'people', load: () => import('./pages/stops').then((m) => m.Stops) },
  imports: { name: t('imports'), under: 'people', load: () => import('./pages/imports').then((m) => m.Imports) },
  campaigns: { name: t('campaigns'), load: () => import('./pages/campaigns').then((m) => m.Campaigns) },
  templates: { name: t('templates'), load: () => import('./pages/templates').then((m) => m.Templates) },
  automations: { name: t('automations'), load: () => import('./pages/automations').then((m) => m.Automations) },
  analyze: { name: t('analyze'), load: () => import('./pages/analyze').then((m) => m.Analyze) },
  settings: { name: t('settings'), load: () => import('./pages/settings').then((m) => m.Settings) },
  users: { name: t('users'), load: () => import('./pages/users').then((m) => m.Users) },
  audit: { name: t('audit'), load: () => import('./pages/audit').then((m) => m.Audit) },
  integrations: { name: t('integrations'), load: () => import('./pages/integrations').then((m) => m.Integrations) },
  incidents: { name: t('incidents'), load: () => import('./pages/incidents').then((m) => m.Incidents) },
  alarms: { name: t('alerts'), load: () => import('./pages/alarms').then((m) => m.Alarms) },
  ledger: { name: t('ledger'), load: () => import('./pages/ledger').then((m) => m.Ledger) },
};

// Of the navigation; what is not here comes last.
const ORDER = ['health', 'numbers', 'decisions', 'people', 'campaigns', 'templates', 'automations', 'integrations', 'incidents',
  'alarms', 'analyze', 'ledger', 'settings', 'users', 'audit'];
// Lists with filters, which stand in the address.
const LISTS = ['decisions', 'campaigns', 'templates', 'incidents', 'alarms', 'audit'];
const rank = (key: string) => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);

// Where somebody is; what no section is called is the first.
function here(): Place {
  const at = place();
  return Object.hasOwn(sections, at.section) ? at : { ...at, section: 'health', id: '', rest: [] };
}

const loaded = new Map<string, Page>();

function Section({ at }: { at: Place }) {
  const [error, setError] = useState('');
  const [, setTurn] = useState(0);
  const Found = loaded.get(at.section);
  useEffect(() => {
    setError('');
    if (Found) return;
    sections[at.section]!.load().then(
      (page) => { loaded.set(at.section, page); setTurn((n) => n + 1); },
      (e: unknown) => setError((e as Error).message));
  }, [at.section]);
  if (Found) return <Found {...at} />;
  return error ? <p role="alert">{t('failed')}: <bdi>{error}</bdi></p> : <p role="status">{t('loading')}</p>;
}

function Console() {
  const [at, setAt] = useState(here);
  const title = useRef<HTMLHeadingElement>(null);
  const section = sections[at.section]!;

  useEffect(() => {
    const moved = () => {
      setAt(here());
      scrollTo(0, 0);
      title.current?.focus();
    };
    addEventListener('hashchange', moved);
    startStream();
    return () => removeEventListener('hashchange', moved);
  }, []);

  const entries = Object.entries(sections).filter(([, s]) => !s.under).map(([key, s]) => ({ key, name: s.name }))
    .sort((a, b) => rank(a.key) - rank(b.key));
  return (
    <Frame entries={entries} at={section.under ?? at.section} title={section.name}>
      <Toasts />
      <h1 ref={title} tabIndex={-1}>{section.name}</h1>
      {LISTS.includes(at.section) && !at.id && <Views section={at.section} key={at.section} />}
      <Section at={at} />
    </Frame>
  );
}

// A link's secret leaves the address bar, and the history, before it is used. Behind "oidc" stands what went wrong, or nothing.
function takeLink(): { kind: string; secret: string } {
  const [, kind = '', secret = ''] = /^#(link|setup)=([\w-]+)$/.exec(location.hash) ?? /^#(oidc)(?:=(\w+))?$/.exec(location.hash) ?? [];
  if (kind) history.replaceState(null, '', location.pathname);
  return { kind, secret };
}

async function signIn(): Promise<JSX.Element> {
  const { kind, secret } = takeLink();
  if (kind === 'setup') {
    const { SetUp } = await import('./pages/signin');
    return <SetUp link={secret} />;
  }
  if (kind === 'oidc' && secret) {
    const { SignIn } = await import('./pages/signin');
    return <SignIn why="" fault={secret} />;
  }
  try {
    if (kind === 'oidc') await post('/session/provider');
    else if (kind) await post('/session', { link: secret });
    signedIn(await get<Who>('/session'));
    return <Console />;
  } catch (e) {
    const { SignIn } = await import('./pages/signin');
    const stranger = e instanceof Problem && e.status === 401 && kind !== 'oidc';
    return <SignIn why={stranger ? '' : (e as Error).message} />;
  }
}

// A link that is opened where the console is open already changes the address, and loads nothing.
addEventListener('hashchange', () => { if (/^#(link|setup)=/.test(location.hash)) location.reload(); });

document.documentElement.lang = lang;
setLook(look());
applyDensity();
speak(lang);
const root = document.body.appendChild(document.createElement('div'));
root.className = 'frame';
render(<p role="status">{t('signing_in')}</p>, root);
void signIn().then((page) => render(page, root));
