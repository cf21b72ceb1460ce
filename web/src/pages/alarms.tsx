// What Varco called out about, and the e-mail notices of Meta's that were taken in.
import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../api';
import { Ask, base64Of, Parts, useDeed, useOnce } from '../deeds';
import { Foreign, Live, Moment, OfClient, Table, useClient, useLive, Word, mayDo } from '../parts';
import { words } from '../texts';

const t = words({
  parts: ['Parts of this section', 'Parti di questa sezione'],
  alarms_all: ['Alarms', 'Allarmi'],
  notices: ['E-mail notices', 'Avvisi per e-mail'],
  kinds: ['all kinds', 'tutti i tipi'],
  show: ['Show', 'Mostra'],
  severity: ['Weight', 'Peso'],
  act: ['act', 'agire'],
  warn: ['look', 'guardare'],
  clear: ['all clear', 'cessato'],
  what: ['What', 'Che cosa'],
  done: ['What Varco did', 'Che cosa ha fatto Varco'],
  todo: ['What to do', 'Che cosa fare'],
  nothing: ['Nothing.', 'Nulla.'],
  told: [
    'Who is told, and how: in the [alerts] section of the configuration file (e-mail, webhook, Prometheus). docs/monitoring.md explains each kind.',
    'A chi vengono detti e come: nella sezione [alerts] del file di configurazione (e-mail, webhook, Prometheus). docs/monitoring.md spiega ogni tipo.'],
  upload: ['Read an e-mail notice of Meta’s', 'Leggi un avviso di Meta arrivato per e-mail'],
  upload_says: [
    'Save the whole message as .eml. What it makes stricter is in force at once; nothing is loosened on the word of an e-mail, and one that looks forged changes nothing.',
    'Salva il messaggio intero come .eml. Ciò che rende più severo vale subito; sulla parola di un’e-mail nulla viene allentato, e una che sembra falsa non cambia nulla.'],
  files: ['E-mails (.eml), at most 8', 'E-mail (.eml), al massimo 8'],
  look: ['Only look, change nothing', 'Guarda soltanto, senza cambiare nulla'],
  read: ['Read it', 'Leggilo'],
  read_done: ['{0} read.', '{0} lette.'],
  looked: ['{0} looked at; nothing was changed.', '{0} esaminate; nulla è cambiato.'],
  no_notices: ['No notice was taken in yet.', 'Nessun avviso acquisito finora.'],
  understood: ['What was understood', 'Che cosa si è capito'],
  suspicious: ['Looks forged because', 'Sembra falso perché'],
  changes: ['What it changed', 'Che cosa ha cambiato'],
  incident: ['Incident', 'Incidente'],
  sender: ['From', 'Da'],
});

export function Alarms({ id, query }: { id: string; query: URLSearchParams }) {
  const { portfolio } = useClient();
  return (
    <>
      <Parts label={t('parts')} at={id === 'notices' ? '#/alarms/notices' : '#/alarms'}
        parts={[['#/alarms', t('alarms_all')], ['#/alarms/notices', t('notices')]]} />
      {id === 'notices' ? <Notices /> : <List kind={query.get('kind') ?? ''} portfolio={portfolio} key={`${portfolio} ${query.get('kind') ?? ''}`} />}
    </>
  );
}

const tone: Record<string, string> = { act: 'bad', clear: 'good' };

function where(scope: string) {
  const [kind, id = ''] = scope.includes(':') ? [scope.slice(0, scope.indexOf(':')), scope.slice(scope.indexOf(':') + 1)] : ['number', scope];
  if (kind === 'number' && /^\d+$/.test(id)) return <a href={`#/numbers/${id}`}><Foreign>{scope}</Foreign></a>;
  return <Foreign>{scope}</Foreign>;
}

function List({ kind, portfolio }: { kind: string; portfolio: string }) {
  const [cursor, setCursor] = useState('');
  const list = useLive((signal) => get<Schemas['AlarmList']>('/alarms', { kind, portfolio, cursor, limit: 50 }, signal), `${kind} ${portfolio} ${cursor}`, ['alarm']);
  const pick = (e: SubmitEvent) => {
    e.preventDefault();
    const wanted = String(new FormData(e.currentTarget as HTMLFormElement).get('kind') ?? '').trim();
    location.hash = wanted ? `#/alarms?kind=${encodeURIComponent(wanted)}` : '#/alarms';
  };
  return (
    <>
      <form class="filter" onSubmit={pick}>
        <label>{t('kind')}<input name="kind" defaultValue={kind} placeholder="bypass.detected" /></label>
        <button type="submit">{t('show')}</button>
      </form>
      <OfClient />
      <Live from={list}>{({ items, next }) => (
        <>
          <Table title={t('alarms_all')} rows={items} none={t('no_alarms')} columns={[
            { name: t('when'), cell: (a) => <Moment at={a.at} /> },
            { name: t('severity'), cell: (a) => <span class={`word ${tone[a.severity] ?? ''}`}>{t(a.severity === 'act' || a.severity === 'clear' ? a.severity : 'warn')}</span> },
            { name: t('where'), cell: (a) => where(a.scope) },
            { name: t('what'), cell: (a) => a.what },
            { name: t('done'), cell: (a) => a.done },
            { name: t('todo'), cell: (a) => a.todo ?? t('nothing') },
            { name: t('kind'), cell: (a) => <a href={`#/alarms?kind=${encodeURIComponent(a.kind)}`}><Foreign>{a.kind}</Foreign></a> },
          ]} />
          {next && <button type="button" onClick={() => setCursor(next)}>{t('older')}</button>}
        </>
      )}</Live>
      <p class="source">{t('told')}</p>
    </>
  );
}

type Notice = Schemas['Notice'];

function Read({ title, of }: { title: string; of: readonly Notice[] }) {
  return (
    <Table title={title} rows={of} none={t('no_notices')} columns={[
      { name: t('when'), cell: (n) => (n.at ? <Moment at={n.at} /> : '–') },
      { name: t('sender'), cell: (n) => <Foreign>{n.sender ?? '–'}</Foreign> },
      { name: t('understood'), cell: (n) => <Foreign>{n.text}</Foreign> },
      { name: t('state'), cell: (n) => <Word>{n.level}</Word> },
      { name: t('suspicious'), cell: (n) => (n.suspicious.length ? <ul class="plain">{n.suspicious.map((d) => <li><Foreign>{Object.values(d).map(String).join(': ')}</Foreign></li>)}</ul> : '–') },
      { name: t('changes'), cell: (n) => (n.changes.length ? <ul class="plain">{n.changes.map((c) => <li><Foreign>{c.what} {c.id}: {c.from ?? '–'} → {c.to}</Foreign></li>)}</ul> : '–') },
      { name: t('incident'), cell: (n) => (n.incident ? <a href={`#/incidents/${n.incident}`}>{n.incident}</a> : '–') },
    ]} />
  );
}

function Notices() {
  const list = useOnce(() => get<Schemas['NoticeList']>('/notices', { limit: 100 }), 'notices');
  const deed = useDeed();
  const [read, setRead] = useState<readonly Notice[]>([]);
  const run = async (given: Record<string, string>, form: HTMLFormElement) => {
    const files = [...(form.elements.namedItem('files') as HTMLInputElement).files ?? []];
    const dry_run = given.look === 'yes';
    const { items } = await post<Schemas['Notices']>('/notices', { files: await Promise.all(files.map(base64Of)), dry_run });
    setRead(items);
    if (!dry_run) list.again();
    return t(dry_run ? 'looked' : 'read_done', items.length);
  };
  return (
    <>
      <section class="card">
        <h2>{t('upload')}</h2>
        <p>{t('upload_says')}</p>
        <Ask deed={deed} run={run} may={mayDo('importNotices')} button={t('read')}>
          <label>{t('files')}<input type="file" name="files" multiple required accept=".eml,message/rfc822" /></label>
          <label class="check"><input type="checkbox" name="look" value="yes" /> {t('look')}</label>
        </Ask>
        {!!read.length && <Read title={t('understood')} of={read} />}
      </section>
      <Live from={list}>{({ items }) => <Read title={t('notices')} of={items} />}</Live>
    </>
  );
}
