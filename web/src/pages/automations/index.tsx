// Messages that leave by themselves: automatic replies, and triggers of a CRM or a shop.
import { useState } from 'preact/hooks';
import { drop, get, post, type Schemas } from '../../api';
import { Foreign, Live, Moment, Table, useLive } from '../../parts';
import { amount } from '../../texts';
import { Deed, Part, Said, useDeed } from '../campaigns/shared';
import { AskRemove } from './remove';
import { AddTrigger, Trigger } from './trigger';
import { t } from './words';

type Reply = Schemas['Autoreply'];

export interface Known {
  replies: Reply[];
  triggers: Schemas['Trigger'][];
  numbers: Schemas['Number'][];
  apps: Schemas['Integration'][];
}

async function look(signal: AbortSignal): Promise<Known> {
  const [replies, triggers, numbers, apps] = await Promise.all([
    get<Schemas['AutoreplyList']>('/autoreplies', { limit: 1000 }, signal),
    get<Schemas['TriggerList']>('/triggers', { limit: 1000 }, signal),
    get<Schemas['NumberList']>('/numbers', { limit: 1000 }, signal),
    get<Schemas['IntegrationList']>('/integrations', { limit: 1000 }, signal),
  ]);
  return { replies: replies.items, triggers: triggers.items, numbers: numbers.items, apps: apps.items };
}

export function Automations({ id, rest }: { id: string; rest: readonly string[] }) {
  if (id === 'trigger' && rest[0]) return <Trigger name={rest[0]} key={rest[0]} />;
  return <All />;
}

const kinds = ['welcome', 'out_of_hours', 'keyword'] as const;
const kindName = (kind: string) => (kinds.includes(kind as 'welcome') ? t(kind as 'welcome') : kind);

function All() {
  const known = useLive(look, 'automations');
  const deed = useDeed();
  const [asks, setAsks] = useState<Reply>();
  const remove = (x: Reply) => deed.run(async () => {
    await drop(`/autoreplies/${encodeURIComponent(x.name)}`);
    setAsks(undefined);
    known.again();
    return t('removed', x.name);
  });
  return (
    <>
      <p>{t('intro')}</p>
      <Live from={known}>{(k) => (
        <>
          <Table title={t('replies')} rows={k.replies} none={t('no_replies')} columns={[
            { name: t('name'), cell: (x) => <Foreign>{x.name}</Foreign> },
            { name: t('reply_kind'), cell: (x) => kindName(x.kind) },
            { name: t('text'), cell: (x) => <Foreign>{x.text}</Foreign> },
            { name: t('when'), cell: (x) => <Foreign>{x.kind === 'keyword' ? x.words.join(', ') : x.hours ? `${x.hours} ${x.zone ?? ''}` : '–'}</Foreign> },
            { name: t('number'), cell: (x) => <Foreign>{x.number}</Foreign> },
            { name: t('sent'), cell: (x) => amount(x.sent) },
            { name: t('last'), cell: (x) => (x.last_at ? <Moment at={x.last_at} /> : t('never')) },
            { name: t('remove'), cell: (x) => <Deed roles={['author']} name={t('remove')} run={() => setAsks(x)} /> },
          ]} />
          <Said of={deed} />
          <AddReply known={k} again={known.again} />
          <Table title={t('triggers')} rows={k.triggers} none={t('no_triggers')} columns={[
            { name: t('name'), cell: (x) => <a href={`#/automations/trigger/${encodeURIComponent(x.name)}`}><Foreign>{x.name}</Foreign></a> },
            { name: t('app'), cell: (x) => <Foreign>{k.apps.find((a) => a.id === x.app)?.name ?? x.app}</Foreign> },
            { name: t('number'), cell: (x) => <Foreign>{x.number}</Foreign> },
            { name: t('queued'), cell: (x) => amount(x.queued) },
            { name: t('repeated'), cell: (x) => amount(x.repeated) },
            { name: t('skipped'), cell: (x) => amount(x.skipped) },
            { name: t('last_event'), cell: (x) => (x.last_at ? <Moment at={x.last_at} /> : t('never')) },
            { name: t('problem'), cell: (x) => <Foreign>{x.problem ?? '–'}</Foreign> },
          ]} />
          <AddTrigger known={k} again={known.again} />
        </>
      )}</Live>
      <AskRemove name={asks?.name ?? ''} says={t('remove_reply', amount(asks?.sent ?? 0))} open={Boolean(asks)} close={() => setAsks(undefined)} go={() => asks && remove(asks)} />
    </>
  );
}

const empty = { name: '', kind: 'welcome', app: '', number: '', text: '', words: '', hours: '', zone: Intl.DateTimeFormat().resolvedOptions().timeZone, language: '' };

export function Sender({ known, app, number, set }:
  { known: Known; app: string; number: string; set: (more: { app?: string; number?: string }) => void }) {
  return (
    <>
      <label>{t('app')}
        <select name="app" value={app} onChange={(e) => set({ app: e.currentTarget.value })}>
          <option value="">{t('choose')}</option>
          {known.apps.map((a) => <option value={a.id}>{a.name}</option>)}
        </select>
      </label>
      <label>{t('number')}
        <select name="number" value={number} onChange={(e) => set({ number: e.currentTarget.value })}>
          <option value="">{t('choose')}</option>
          {known.numbers.map((n) => <option value={n.id}>{n.display} ({n.id})</option>)}
        </select>
      </label>
    </>
  );
}

function AddReply({ known, again }: { known: Known; again: () => void }) {
  const [d, setD] = useState(empty);
  const deed = useDeed();
  const set = (more: Partial<typeof empty>) => setD((old) => ({ ...old, ...more }));
  const missing = [
    !d.name.trim() && t('name'), !d.app && t('app'), !d.number && t('number'), !d.text.trim() && t('text'),
    d.kind === 'keyword' && !d.words.trim() && t('words_field'), d.kind === 'out_of_hours' && !d.hours.trim() && t('hours'),
  ].filter(Boolean).join('; ');
  const add = () => deed.run(async () => {
    await post('/autoreplies', {
      name: d.name.trim(), kind: d.kind, app: d.app, number: d.number, text: d.text,
      ...(d.kind === 'keyword' && { words: d.words.split(',').map((w) => w.trim()).filter(Boolean) }),
      ...(d.kind === 'out_of_hours' && { hours: d.hours.trim(), ...(d.zone.trim() && { zone: d.zone.trim() }) }),
      ...(d.language.trim() && { language: d.language.trim() }),
    });
    setD(empty);
    again();
    return t('added', d.name.trim());
  });
  return (
    <details>
      <summary>{t('add_reply')}</summary>
      <Part title={t('add_reply')}>
        <div class="fields">
          <label>{t('name')}<input name="reply-name" value={d.name} onInput={(e) => set({ name: e.currentTarget.value })} /></label>
          <label>{t('reply_kind')}
            <select name="reply-kind" value={d.kind} onChange={(e) => set({ kind: e.currentTarget.value })}>
              {kinds.map((k) => <option value={k}>{kindName(k)}</option>)}
            </select>
          </label>
          <Sender known={known} app={d.app} number={d.number} set={set} />
          {d.kind === 'keyword' && <label>{t('words_field')}<input name="words" value={d.words} onInput={(e) => set({ words: e.currentTarget.value })} /></label>}
          {d.kind === 'out_of_hours' && <label>{t('hours')}<input name="hours" value={d.hours} onInput={(e) => set({ hours: e.currentTarget.value })} /></label>}
          {d.kind === 'out_of_hours' && <label>{t('zone')}<input name="zone" value={d.zone} onInput={(e) => set({ zone: e.currentTarget.value })} /></label>}
          <label>{t('language')}<input name="language" maxLength={8} value={d.language} onInput={(e) => set({ language: e.currentTarget.value })} /></label>
        </div>
        <label>{t('text')}<textarea name="text" rows={3} value={d.text} onInput={(e) => set({ text: e.currentTarget.value })} /></label>
        <p class="row"><Deed roles={['author']} name={t('add')} {...(missing && { why: t('missing', missing) })} run={add} /></p>
        <Said of={deed} />
      </Part>
    </details>
  );
}
