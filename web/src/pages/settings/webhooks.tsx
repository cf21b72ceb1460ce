// Webhooks to apps: where events go, what was posted and answered, sending it again, and holding it back.
import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Act, Dialog, Facts, Field, Foreign, Live, mayAll, mayAs, mayIf, Moment, Table, toast, toastError, useLive } from '../../parts';
import { amount } from '../../texts';
import { when } from './parts';
import { s } from './texts';

type W = Schemas['Webhook'];
type D = Schemas['Delivery'];

const OUTCOMES = { delivered: ['delivered_word', 'good'], failed: ['failed_word', 'bad'], given_up: ['given_up', 'bad'] } as const;

function Outcome({ of }: { of: string }) {
  const [word, tone] = OUTCOMES[of as keyof typeof OUTCOMES] ?? OUTCOMES.failed;
  return <span class={`word ${tone}`}>{s(word)}</span>;
}

function answered(status: number | null): string {
  return status === null ? s('no_answer') : String(status);
}

export function Webhooks({ app, id }: { app: string; id: string }) {
  return id ? <One id={id} key={id} /> : <All app={app} />;
}

function All({ app }: { app: string }) {
  const list = useLive((signal) => get<Schemas['WebhookList']>('/webhooks', {}, signal), 'webhooks', ['settings', 'integration']);
  const sent = useLive((signal) => get<Schemas['DeliveryList']>('/webhooks/deliveries', { app, limit: 100 }, signal), `deliveries ${app}`);
  const [off, setOff] = useState<W>();
  const [again, setAgain] = useState<W>();
  const on = async (w: W) => {
    try {
      await post('/webhooks/enable', { app: w.app });
      list.again();
    } catch (e) {
      toastError(e);
    }
  };
  return (
    <>
      <Live from={list}>{({ items }) => (
        <Table title={s('webhooks')} rows={items} none={s('no_webhooks')} columns={[
          { name: s('endpoint'), cell: (w) => <a href={`#/settings/webhooks?app=${encodeURIComponent(w.app)}`}><Foreign>{w.name}</Foreign></a>, sort: (w) => w.name },
          { name: s('address'), cell: (w) => <code><Foreign>{w.url}</Foreign></code> },
          { name: s('state'), cell: (w) => s(w.enabled ? 'on' : 'paused') },
          { name: s('waiting_events'), cell: (w) => amount(w.waiting), sort: (w) => w.waiting },
          { name: s('last_delivery'), cell: (w) => <>{when(w.last_at)} {w.last_outcome && <Outcome of={w.last_outcome} />}</>, sort: (w) => w.last_at },
          { name: s('switch_off'), cell: (w) => w.enabled
            ? <Act may={mayAs('admin')} onDo={() => setOff(w)}>{s('switch_off')}</Act>
            : <Act may={mayAs('admin')} onDo={() => void on(w)}>{s('switch_on')}</Act> },
          { name: s('resend'), cell: (w) => <Act may={mayAs('admin')} onDo={() => setAgain(w)}>{s('resend_all')}</Act> },
        ]} />
      )}</Live>
      {app && <p><a href="#/settings/webhooks">{s('deliveries')}: {s('all_apps')}</a></p>}
      <Live from={sent}>{({ items }) => <Deliveries items={items} />}</Live>
      <Off of={off} close={() => { setOff(undefined); list.again(); }} />
      <Again of={again} close={() => { setAgain(undefined); list.again(); }} />
    </>
  );
}

function Deliveries({ items }: { items: readonly D[] }) {
  return (
    <Table title={s('deliveries')} rows={items} none={s('no_deliveries')} columns={[
      { name: s('when'), cell: (d) => <a href={`#/settings/webhooks/${encodeURIComponent(d.id)}`}><Moment at={d.at} /></a>, sort: (d) => d.at },
      { name: s('outcome'), cell: (d) => <Outcome of={d.outcome} />, sort: (d) => d.outcome },
      { name: s('answer'), cell: (d) => answered(d.status), sort: (d) => d.status },
      { name: s('events'), cell: (d) => amount(d.events), sort: (d) => d.events },
      { name: s('attempt'), cell: (d) => amount(d.attempt), sort: (d) => d.attempt },
      { name: s('took'), cell: (d) => s('ms', amount(d.took_ms)), sort: (d) => d.took_ms },
    ]} />
  );
}

// One delivery: it has the words of people, so it is asked for once and by whom it concerns.
function One({ id }: { id: string }) {
  const path = `/webhooks/deliveries/${encodeURIComponent(id)}`;
  const one = useLive((signal) => get<Schemas['DeliveryContent']>(path, {}, signal), path, []);
  const resend = async () => {
    try {
      const done = await post<Schemas['Resent']>('/webhooks/resend', { id });
      toast(s('resent', done.events));
    } catch (e) {
      toastError(e);
    }
  };
  return (
    <>
      <p><a href="#/settings/webhooks">{s('webhooks')}</a></p>
      <Live from={one}>{(d) => (
        <>
          <h2><code>{d.id}</code></h2>
          <Facts rows={[
            [s('when'), <Moment at={d.at} />],
            [s('outcome'), <Outcome of={d.outcome} />],
            [s('answer'), answered(d.status)],
            [s('events'), amount(d.events)],
            [s('attempt'), amount(d.attempt)],
            [s('took'), s('ms', amount(d.took_ms))],
          ]} />
          <p class="row"><Act may={mayAll(mayAs('admin'), mayIf(d.kept, s('not_kept')))} onDo={() => void resend()}>{s('resend')}</Act></p>
          <section><h2>{s('request')}</h2>{d.request === null ? <p>{s('not_kept')}</p> : <Text>{d.request}</Text>}</section>
          <section><h2>{s('reply')}</h2>{d.answer ? <Text>{d.answer}</Text> : <p>{s('nothing_said')}</p>}</section>
        </>
      )}</Live>
    </>
  );
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Text({ children }: { children: string }) {
  return <div class="card scroll" tabIndex={0} role="region" aria-label={s('request')}><pre><Foreign>{indented(children)}</Foreign></pre></div>;
}

function Off({ of: w, close }: { of: W | undefined; close: () => void }) {
  const [reason, setReason] = useState('');
  const off = async () => {
    try {
      await post('/webhooks/disable', { app: w!.app, reason: reason.trim() });
      setReason('');
      close();
    } catch (e) {
      toastError(e);
    }
  };
  return (
    <Dialog title={s('off_title', w?.name ?? '')} open={w !== undefined} onClose={close}>
      <p>{s('off_text')}</p>
      <Field label={s('reason')}><input maxLength={500} value={reason} onInput={(e) => setReason(e.currentTarget.value)} /></Field>
      <p class="row"><Act danger may={mayIf(reason.trim() !== '', s('needs_reason'))} onDo={() => void off()}>{s('switch_off')}</Act></p>
    </Dialog>
  );
}

function Again({ of: w, close }: { of: W | undefined; close: () => void }) {
  const [since, setSince] = useState('');
  const [until, setUntil] = useState('');
  const resend = async () => {
    try {
      const done = await post<Schemas['Resent']>('/webhooks/resend', {
        app: w!.app, since: new Date(since).toISOString(), ...(until && { until: new Date(until).toISOString() }),
      });
      toast(s('resent', done.events));
      close();
    } catch (e) {
      toastError(e);
    }
  };
  return (
    <Dialog title={s('resend_all')} open={w !== undefined} onClose={close}>
      <p>{s('resend_text', w?.name ?? '')}</p>
      <Field label={s('from_when')}><input type="datetime-local" value={since} onInput={(e) => setSince(e.currentTarget.value)} /></Field>
      <Field label={s('to_when')}><input type="datetime-local" value={until} onInput={(e) => setUntil(e.currentTarget.value)} /></Field>
      <p class="row"><Act may={mayIf(since !== '', s('from_when'))} onDo={() => void resend()}>{s('resend')}</Act></p>
    </Dialog>
  );
}
