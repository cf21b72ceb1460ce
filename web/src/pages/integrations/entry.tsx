// One entry of the register: what is said of it, what is seen of it, what is missing, and what can be done.
import { useState } from 'preact/hooks';
import { get, patch, post, type Schemas } from '../../api';
import { Ask, Back, Choice, Confirm, Field, Fold, Several, checked, useDeed, type Given } from '../../deeds';
import { Facts, Foreign, Live, Moment, Table, useLive, mayDo } from '../../parts';
import { amount } from '../../texts';
import { KeyOnce } from './add';
import { day, gap, PURPOSES, say, t, tone } from './words';

type Row = Schemas['Integration'];

const or = (text: string | null | undefined) => <Foreign>{text || '–'}</Foreign>;

function Said({ of }: { of: Row }) {
  return (
    <Facts rows={[
      [t('verdict_by'), <span class={tone(of.verdict)}>{say(of.verdict)}</span>],
      [t('state'), say(of.status === 'active' ? of.state : of.status)],
      [t('source'), say(of.source)],
      [t('owner'), or(of.owner)],
      [t('purpose'), or(of.purpose)],
      [t('data'), or(of.data)],
      [t('numbers'), or(of.numbers.join(', '))],
      [t('categories'), of.categories.join(', ') || '–'],
      [t('kind_of'), or(of.kind)],
      [t('mechanism'), or(of.mechanism)],
      [t('provider'), or(of.provider)],
      [t('credential'), or([of.credential_kind, of.credential_place].filter(Boolean).join(', '))],
      [t('webhook'), or(of.webhook)],
      [t('approved'), of.approved_by ? <><Foreign>{of.approved_by}</Foreign>, {day(of.approved_on)}</> : '–'],
      [t('exception'), day(of.exception_until)],
      [t('reason'), or(of.reason)],
      [t('review_by'), day(of.review_by)],
      [t('reviewed'), of.reviewed_by ? <><Foreign>{of.reviewed_by}</Foreign>, {day(of.reviewed_on)}</> : '–'],
      [t('outcome'), or(of.review_outcome)],
      [t('remove_by'), day(of.remove_by)],
      [t('migrate_to'), or(of.migrate_to)],
      [t('seen'), of.last_seen_at ? <Moment at={of.last_seen_at} /> : '–'],
    ]} />
  );
}

function Found({ of, scan }: { of: Schemas['Found']; scan: string | null }) {
  return (
    <section>
      <h2>{t('found')}</h2>
      <p><strong><Foreign>{of.name}</Foreign></strong> <code><Foreign>{of.row}</Foreign></code>: {or(of.reason)}</p>
      <p>{t('instead')}: {or(of.replacement)}</p>
      <p>{t('found_says', amount(of.count), of.root)} {scan && <a href={`#/integrations/scans/${scan}`}>{t('see_scan')}</a>}</p>
      <Table title={t('findings')} rows={of.signals} none={t('none_of_these')} columns={[
        { name: t('file'), cell: (s) => <code><Foreign>{s.path}{s.line > 0 && `:${s.line}`}</Foreign></code> },
        { name: t('place'), cell: (s) => or(s.place) },
        { name: t('certainty'), cell: (s) => `${s.confidence} %` },
        { name: t('allowed'), cell: (s) => or(s.allowed) },
      ]} />
    </section>
  );
}

function Edit({ of, done }: { of: Row; done: () => void }) {
  const deed = useDeed();
  const run = async (given: Given, form: HTMLFormElement) => {
    const { numbers = '', ...rest } = given;
    delete rest.categories;
    const keyed = of.source === 'app';
    await patch(`/integrations/${of.id}`, {
      ...rest,
      ...(keyed && { numbers: numbers.split(/[\s,;]+/).filter(Boolean), categories: checked(form, 'categories') }),
    });
    done();
    return t('done_saved');
  };
  return (
    <Fold title={t('edit')}>
      <Ask deed={deed} run={run} button={t('save')} may={mayDo('setIntegration')}>
        <Field name="name" label={t('name')} value={of.name} required max={120} />
        <Field name="owner" label={t('owner')} value={of.owner ?? ''} />
        <Field name="purpose" label={t('purpose')} value={of.purpose ?? ''} />
        <Field name="data" label={t('data')} value={of.data ?? ''} />
        {of.source === 'app' && <Field name="numbers" label={t('numbers')} value={of.numbers.join(', ')} />}
        {of.source === 'app' && <Several name="categories" label={t('categories')} options={PURPOSES} value={of.categories} />}
        <Choice name="verdict" label={t('verdict_by')} value={of.verdict}
          options={['official', 'unofficial', 'review'].map((v) => [v, say(v)] as const)} />
        <Field name="provider" label={t('provider')} value={of.provider ?? ''} />
        <Field name="credential_kind" label={t('credential_kind')} value={of.credential_kind ?? ''} />
        <Field name="credential_place" label={t('credential_place')} help={t('credential_help')} value={of.credential_place ?? ''} />
        <Field name="approved_by" label={t('approved_by')} value={of.approved_by ?? ''} />
        <Field name="approved_on" type="date" label={t('approved_on')} value={of.approved_on ?? ''} />
        <Field name="review_by" type="date" label={t('review_by')} value={of.review_by ?? ''} />
      </Ask>
    </Fold>
  );
}

function Review({ of, done }: { of: Row; done: () => void }) {
  const deed = useDeed();
  const run = async (given: Given) => {
    await post(`/integrations/${of.id}/review`, given);
    done();
    return t('reviewed_done');
  };
  return (
    <Fold title={t('review')}>
      <Ask deed={deed} run={run} button={t('review_do')} may={mayDo('reviewIntegration')}>
        <Field name="by" label={t('review_who')} required />
        <Field name="until" type="date" label={t('review_until')} required />
        <Field name="outcome" label={t('review_outcome')} area />
      </Ask>
    </Fold>
  );
}

// Findings are suppressed where they belong: at the entry that they make up, with a reason and an end.
function Suppress({ of, done }: { of: Row; done: () => void }) {
  const deed = useDeed();
  const run = async ({ reason, until = '', by }: Given) => {
    await patch(`/integrations/${of.id}`, { state: 'accepted', reason, exception_until: until, approved_by: by });
    done();
    return t('accept_done', day(until));
  };
  return (
    <Fold title={t('accept')}>
      <p>{t('accept_says')}</p>
      <Ask deed={deed} run={run} button={t('accept_do')} may={mayDo('setIntegration')}>
        <Field name="reason" label={t('reason')} required area />
        <Field name="until" type="date" label={t('accept_until')} required />
        <Field name="by" label={t('accepted_by')} required />
      </Ask>
    </Fold>
  );
}

function Removal({ of, done }: { of: Row; done: () => void }) {
  const deed = useDeed();
  const run = async (given: Given) => {
    await patch(`/integrations/${of.id}`, { state: 'removing', ...given });
    done();
    return t('removal_done');
  };
  return (
    <Fold title={t('removal')}>
      <p>{t('removal_says')}</p>
      <Ask deed={deed} run={run} button={t('removal_do')} may={mayDo('setIntegration')}>
        <Field name="remove_by" type="date" label={t('remove_by')} value={of.remove_by ?? ''} required />
        <Field name="migrate_to" label={t('migrate_to')} value={of.migrate_to ?? ''} />
      </Ask>
    </Fold>
  );
}

function Key({ of, done }: { of: Row; done: () => void }) {
  const rotate = useDeed(), revoke = useDeed();
  const [key, setKey] = useState('');
  const sent = of.uses?.reduce((n, u) => n + u.sends, 0) ?? 0;
  return (
    <>
      <Fold title={t('rotate')} open={key !== ''}>
        <p>{t('rotate_says')}</p>
        {key && <KeyOnce value={key} />}
        <Confirm deed={rotate} may={mayDo('rotateIntegration')} word={of.name} button={t('rotate_do')} run={async () => {
          setKey((await post<Schemas['IntegrationKey']>(`/integrations/${of.id}/rotate`)).key ?? '');
          done();
          return undefined;
        }} />
      </Fold>
      <Fold title={t('revoke')}>
        <Confirm deed={revoke} may={mayDo('revokeIntegration')} word={of.name} button={t('revoke_do')} run={async () => {
          await post(`/integrations/${of.id}/revoke`);
          done();
          return t('revoked');
        }}><p>{t('revoke_says', of.numbers.length, amount(sent))}</p></Confirm>
      </Fold>
    </>
  );
}

function changed(of: Schemas['IntegrationChange']): string {
  const show = (v: unknown) => (v === null || v === undefined || v === '' ? '–' : typeof v === 'string' ? v : JSON.stringify(v));
  return Object.entries(of.changed ?? {}).map(([name, v]) => {
    const [was, is] = Array.isArray(v) ? v : [null, v];
    return `${name}: ${show(was)} → ${show(is)}`;
  }).join('; ').slice(0, 400);
}

export function Entry({ id }: { id: string }) {
  const path = `/integrations/${encodeURIComponent(id)}`;
  const both = useLive(async (signal) => ({
    x: await get<Row>(path, {}, signal),
    history: await get<Schemas['IntegrationHistory']>(`${path}/history`, {}, signal),
  }), path, ['integration']);
  return (
    <>
      <Back to="#/integrations" />
      <Live from={both}>{({ x, history }) => (
        <>
          <h2><Foreign>{x.name}</Foreign></h2>
          <p>{t(x.may_send ? 'may_send' : 'may_not')}</p>
          {!!x.gaps?.length && <div class="note"><strong>{t('missing')}</strong><ul>{x.gaps.map((g) => <li>{gap(g)}</li>)}</ul></div>}
          <Said of={x} />
          {x.found && <Found of={x.found} scan={x.scan} />}
          {x.source === 'app' && <Table title={t('uses')} rows={x.uses ?? []} none={t('no_uses')} columns={[
            { name: t('number'), cell: (u) => or(u.number) },
            { name: t('categories'), cell: (u) => u.category },
            { name: t('messages'), cell: (u) => <a href={`#/decisions?app=${x.id}&number=${encodeURIComponent(u.number)}`}>{amount(u.sends)}</a> },
            { name: t('last'), cell: (u) => <Moment at={u.last_at} /> },
          ]} />}
          <Edit of={x} done={both.again} />
          <Review of={x} done={both.again} />
          {x.verdict !== 'official' && <Suppress of={x} done={both.again} />}
          {x.verdict !== 'official' && x.state !== 'removed' && <Removal of={x} done={both.again} />}
          {x.may_send && <Key of={x} done={both.again} />}
          <Table title={t('history')} rows={[...history.items].reverse()} none={t('no_history')} columns={[
            { name: t('when'), cell: (h) => <Moment at={h.at} /> },
            { name: t('by'), cell: (h) => or(h.by) },
            { name: t('what'), cell: (h) => or(h.operation) },
            { name: t('change'), cell: (h) => <Foreign>{changed(h) || '–'}</Foreign> },
            { name: t('entry'), cell: (h) => <a href={`#/ledger/${h.leaf}`}>{amount(h.leaf)}</a> },
          ]} />
        </>
      )}</Live>
    </>
  );
}
