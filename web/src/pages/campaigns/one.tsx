// One campaign: the steps it goes through, what it does now, and what can be done with it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, post, Problem, type Schemas } from '../../api';
import { Dialog, Facts, Foreign, Live, Moment, Table, useLive } from '../../parts';
import { amount, time } from '../../texts';
import { link as templateLink } from '../templates/link';
import { by, sameName, useWho, type Who } from '../who';
import { Check, type Preflight } from './check';
import { Report } from './report';
import { Deed, NameField, Part, Said, Shares, State, stateName, useDeed, whyNoEdit, type Campaign } from './shared';
import { t } from './words';

interface Seen {
  c: Campaign;
  check: Preflight | undefined;
  report: Schemas['CampaignReport'] | undefined;
}

const path = (id: string) => `/campaigns/${encodeURIComponent(id)}`;
const ended = (c: Campaign) => c.state === 'done' || c.state === 'cancelled';
const left = (c: Campaign) => c.people.sent + c.people.queued;

export function One({ id }: { id: string }) {
  const kept = useRef<{ at: string; check: Preflight }>();
  const live = useLive(async (signal): Promise<Seen> => {
    const c = await get<Campaign>(path(id), {}, signal);
    // A check changes only when somebody checks again.
    if (c.preflight_at && kept.current?.at !== c.preflight_at) {
      const check = await get<Preflight>(`${path(id)}/preflight`, {}, signal).catch((e: unknown) => {
        if (e instanceof Problem && e.status === 404) return undefined;
        throw e;
      });
      if (check) kept.current = { at: c.preflight_at, check };
    }
    const report = c.released_at && left(c) + c.people.refused > 0 ? await get<Schemas['CampaignReport']>(`${path(id)}/report`, {}, signal) : undefined;
    return { c, check: c.preflight_at ? kept.current?.check : undefined, report };
  }, id, ['campaign']);
  return (
    <>
      <p><a href="#/campaigns">{t('back')}</a></p>
      <Live from={live}>{(seen) => <Shown {...seen} again={live.again} />}</Live>
    </>
  );
}

function Shown({ c, check, report, again }: Seen & { again: () => void }) {
  const who = useWho();
  return (
    <>
      <h2><Foreign>{c.name}</Foreign> <State of={c.state} /></h2>
      <Steps c={c} check={check} />
      <Now c={c} who={who} again={again} />
      <Facts rows={[
        [t('number'), <a href={`#/numbers/${c.number}`}><Foreign>{c.number}</Foreign></a>],
        [t('templates'), <>{c.templates.map((x) => (
          <a href={templateLink({ waba: c.waba, ...x })}><Foreign>{x.name} ({x.language})</Foreign></a>))}</>],
        [t('variables'), <Foreign>{c.map.join(', ') || '–'}</Foreign>],
        [t('audience'), amount(c.audience)],
        ...(c.edits ? [[t('edited'), <Foreign>{t('edited_by', amount(c.edits), c.edited_by.join(', '))}</Foreign>] as const] : []),
        [t('decisions'), <a href={`#/decisions?campaign=${c.id}`}>{amount(left(c) + c.people.refused)}</a>],
      ]} />
      {c.released_at && <Progress c={c} />}
      {report && <Report of={report} c={c} who={who} again={again} />}
      <Part title={t('step_checks')}>
        <Look c={c} again={again} />
        {check && <Check c={c} p={check} who={who} again={again} />}
      </Part>
      {!ended(c) && <Approval c={c} check={check} who={who} again={again} />}
    </>
  );
}

function Steps({ c, check }: { c: Campaign; check: Preflight | undefined }) {
  const rows = [
    [t('audience'), true, t('people_in', amount(c.audience), t('made_by', c.by, time(c.at)))],
    [t('step_checks'), Boolean(check), check ? t('checked_at', time(check.at)) : t('not_yet')],
    [t('step_approval'), Boolean(c.approved_at), c.approved_at ? t('by_at', c.approved_by ?? '', time(c.approved_at)) : t('not_yet')],
    [t('step_release'), Boolean(c.released_at), c.released_at ? t('by_at', c.released_by ?? '', time(c.released_at)) : t('not_yet')],
    [t('step_sending'), c.state === 'done', c.released_at ? stateName(c.state) : t('not_yet')],
  ] as const;
  return (
    <ol class="steps" aria-label={t('steps')}>
      {rows.map(([name, done, says]) => (
        <li class={done ? 'is-done' : ''}><strong>{done ? '✓ ' : ''}{name}</strong><span><Foreign>{says}</Foreign></span></li>
      ))}
    </ol>
  );
}

// --- what it does, and how to stop it ---

function useSeconds(on: boolean): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [on]);
  return now;
}

const FAR_S = 600;

function sentence(c: Campaign, now: number): string {
  const until = c.starts_at ? Math.ceil((Date.parse(c.starts_at) - now) / 1000) : 0;
  if (c.state === 'released' && until > FAR_S) return t('scheduled', time(c.starts_at!));
  if (c.state === 'released' && until > 0) return t('grace', amount(until));
  if (c.state === 'held') return t('is_held');
  if (c.state === 'paused') return t('is_paused');
  if (c.state === 'done') return t('is_done');
  if (c.state === 'cancelled') return t('is_cancelled');
  if (c.state === 'loading') return t('is_loading');
  if (c.state === 'draft' || c.state === 'approved') return '';
  const next = c.next_at ? time(c.next_at) : t('soon');
  if (c.waits_for === 'wave') return t('waits_wave', next);
  if (c.waits_for) return c.next_at ? t('waits_for', c.waits_for, next) : t('waits_open', c.waits_for);
  return t('going', amount(Math.max(1, c.wave)));
}

function Now({ c, who, again }: { c: Campaign; who: Who; again: () => void }) {
  const deed = useDeed();
  const [reason, setReason] = useState('');
  const [asks, setAsks] = useState<'release' | 'cancel' | ''>('');
  const now = useSeconds(c.state === 'released');
  const says = sentence(c, now);
  const holds = /^(approved|released|running|paused)$/.test(c.state) && Boolean(c.released_at);

  const act = (verb: string, values: object = {}) => deed.run(async () => {
    const done = await post<Campaign>(`${path(c.id)}/${verb}`, { ...by(who), ...values });
    setAsks('');
    again();
    return done.released_at ? `${stateName(done.state)}. ${progress(done)}` : `${stateName(done.state)}.`;
  });
  const why = reason.trim() ? { reason: reason.trim() } : {};
  return (
    <section class="card">
      {says && <p class="verdict" role={c.state === 'released' ? 'timer' : undefined}>{says}</p>}
      {c.reason && <p>{t('reason')}: <Foreign>{c.reason}</Foreign></p>}
      {!ended(c) && (
        <>
          <div class="fields">
            {(holds || c.state === 'held') && <label>{t('reason')}<input name="reason" maxLength={500} value={reason} onInput={(e) => setReason(e.currentTarget.value)} /></label>}
            <NameField who={who} />
          </div>
          <p class="row">
            {holds && <Deed roles={['author', 'approver', 'compliance']} name={t('hold')} run={() => act('hold', why)} danger />}
            {c.state === 'held' && <Deed roles={['approver']} name={t('resume')} run={() => act('resume', why)} />}
            {(c.state === 'draft' || c.state === 'approved') &&
              <Deed roles={['approver']} name={t('release')} {...(c.state === 'draft' && { why: t('not_approved') })} run={() => setAsks('release')} />}
            <Deed roles={['author']} name={t('edit')} {...(whyNoEdit(c) && { why: whyNoEdit(c) })} run={() => { location.hash = `#/campaigns/${c.id}?show=edit`; }} />
            <Deed roles={['author', 'approver']} name={t('cancel_campaign')} run={() => setAsks('cancel')} />
          </p>
        </>
      )}
      <Said of={deed} />
      <AskRelease c={c} open={asks === 'release'} close={() => setAsks('')} go={(at) => act('release', at ? { at } : {})} />
      <AskCancel c={c} open={asks === 'cancel'} close={() => setAsks('')} go={() => act('cancel', why)} />
    </section>
  );
}

function AskRelease({ c, open, close, go }: { c: Campaign; open: boolean; close: () => void; go: (at: string) => void }) {
  const [at, setAt] = useState('');
  return (
    <Dialog title={t('release_title', `\u2068${c.name}\u2069`)} open={open} onClose={close}>
      <p>{t('release_text', amount(c.audience))}</p>
      <label>{t('release_at')}<input type="datetime-local" name="at" value={at} onInput={(e) => setAt(e.currentTarget.value)} /></label>
      <p class="row">
        <button type="button" onClick={() => go(at && new Date(at).toISOString())}>{t('release_now')}</button>
        <button type="button" onClick={close}>{t('keep')}</button>
      </p>
    </Dialog>
  );
}

function AskCancel({ c, open, close, go }: { c: Campaign; open: boolean; close: () => void; go: () => void }) {
  const [typed, setTyped] = useState('');
  const waiting = c.people.waiting + c.people.suspended;
  const right = typed.trim() === String(waiting);
  return (
    <Dialog title={t('cancel_title', `\u2068${c.name}\u2069`)} open={open} onClose={close}>
      <p>{t('cancel_text', amount(waiting), amount(left(c)))}</p>
      <label>{t('type_number', waiting)}<input name="confirm" inputMode="numeric" value={typed} onInput={(e) => setTyped(e.currentTarget.value)} /></label>
      <p class="row">
        <Deed name={t('cancel_now')} danger {...(!right && { why: t('type_first', waiting) })} run={go} />
        <button type="button" onClick={close}>{t('keep')}</button>
      </p>
    </Dialog>
  );
}

// --- checks and approval ---

function Look({ c, again }: { c: Campaign; again: () => void }) {
  const deed = useDeed();
  const why = ended(c) ? t('ended_no_look') : c.state === 'loading' ? t('is_loading') : '';
  const run = () => deed.run(async () => {
    await post(`${path(c.id)}/preflight`);
    again();
    return '';
  });
  return (
    <>
      <Deed roles={['author', 'approver']} name={deed.busy ? t('looking') : t(c.preflight_at ? 'look_again' : 'look')} {...(why && { why })} run={run} />
      <Said of={deed} />
    </>
  );
}

function Approval({ c, check, who, again }: { c: Campaign; check: Preflight | undefined; who: Who; again: () => void }) {
  const deed = useDeed();
  const name = who.name || who.typed.trim();
  const why = !check ? t('first_look') : !name ? t('need_name') : sameName(name, c.by) ? t('not_author', c.by)
    : c.edited_by.some((e) => sameName(name, e)) ? t('not_editor', name) : '';
  const open = c.state === 'draft' || c.state === 'held' || c.state === 'paused';
  const run = () => deed.run(async () => {
    await post(`${path(c.id)}/approve`, { snapshot: check!.snapshot, ...by(who) });
    again();
    return '';
  });
  return (
    <Part title={t('step_approval')}>
      {c.approved_at && <p><Foreign>{t('is_approved', c.approved_by ?? '', time(c.approved_at))}</Foreign></p>}
      {open && check && <p>{t('approval_text', time(check.at), check.snapshot.slice(0, 12))}</p>}
      {open && (
        <p class="row">
          <NameField who={who} />
          <Deed roles={['approver']} name={t(c.approved_at ? 'approve_again' : 'approve')} {...(why && { why })} run={run} />
        </p>
      )}
      <Said of={deed} />
    </Part>
  );
}

// --- progress ---

const fates = ['sent', 'queued', 'waiting', 'refused', 'expired', 'suspended', 'cancelled', 'duplicate', 'invalid', 'forgotten'] as const;

function progress(c: Campaign): string {
  const p = c.people, not = p.refused + p.expired + p.cancelled + p.forgotten;
  return t('progress_says', amount(left(c)), amount(c.audience), amount(p.waiting + p.suspended), amount(not));
}

function Progress({ c }: { c: Campaign }) {
  const p = c.people;
  return (
    <section>
      <p class="verdict">{progress(c)}</p>
      <Shares title={t('progress')} of={[
        { name: t('sent'), n: left(c), tone: 'good' },
        { name: t('waiting'), n: p.waiting + p.suspended, tone: 'wait' },
        { name: t('refused'), n: p.refused + p.expired, tone: 'bad' },
        { name: t('cancelled_people'), n: p.cancelled, tone: 'rest' },
      ]} />
      <Table title={t('progress')} rows={fates.filter((f) => p[f] > 0)} none={t('none_of_it')} columns={[
        { name: t('fate'), cell: (f) => t(f === 'cancelled' ? 'cancelled_people' : f) },
        { name: t('count'), cell: (f) => amount(p[f]) },
      ]} />
      {c.next_at && <p class="source">{t('until')}: <Moment at={c.next_at} /></p>}
    </section>
  );
}
