// Messages that leave by themselves: automatic replies, and triggers of a CRM or a shop.
import { useState } from 'preact/hooks';
import { drop, get, type Schemas } from '../../api';
import { Foreign, Live, Moment, Table, useLive } from '../../parts';
import { amount } from '../../texts';
import { Deed, Said, useDeed } from '../campaigns/shared';
import { AskRemove } from './remove';
import { AddReply, EditReply } from './reply';
import { kindName, type Known, type Reply } from './shared';
import { AddTrigger, Trigger } from './trigger';
import { t } from './words';

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

function All() {
  const known = useLive(look, 'automations');
  const deed = useDeed();
  const [asks, setAsks] = useState<Reply>();
  const [edits, setEdits] = useState<Reply>();
  const edited = (said: string) => deed.run(async () => {
    setEdits(undefined);
    known.again();
    return said;
  });
  const reload = (name: string) => deed.run(async () => {
    setEdits(await get<Reply>(`/autoreplies/${encodeURIComponent(name)}`));
    return '';
  });
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
            { name: t('edit'), cell: (x) => <Deed roles={['author']} name={t('edit')} run={() => setEdits(x)} /> },
            { name: t('remove'), cell: (x) => <Deed roles={['author']} name={t('remove')} run={() => setAsks(x)} /> },
          ]} />
          <Said of={deed} />
          {edits && <EditReply known={k} of={edits} key={`${edits.name} ${edits.revision}`} done={edited} reload={() => reload(edits.name)} close={() => setEdits(undefined)} />}
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
