// One proposal: what it changes, what the last seven days would have been under it, and putting it in force.
import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Act, Facts, Field, Foreign, Live, mayAll, mayAs, mayIf, me, Moment, Table, toast, toastError, useLive } from '../../parts';
import { amount, time } from '../../texts';
import { Differences } from './parts';
import { s } from './texts';

type P = Schemas['PolicyProposal'];

export function Proposal({ id }: { id: string }) {
  const path = `/policy/proposals/${encodeURIComponent(id)}`;
  const one = useLive((signal) => get<P>(path, {}, signal), path, ['settings']);
  return (
    <>
      <p><a href="#/settings/policy">{s('in_force')}</a></p>
      <Live from={one}>{(p) => (
        <>
          <h2>{s('proposal')}: {s(p.kind as 'set')}</h2>
          <Facts rows={[
            [s('state'), s(p.state as 'open')],
            [s('proposed_by'), <><Foreign>{p.by}</Foreign> · <Moment at={p.at} /></>],
            [s('why'), <Foreign>{p.reason}</Foreign>],
            ...(p.ended_at ? [[s('applied_by'), <><Foreign>{p.ended_by}</Foreign> · <Moment at={p.ended_at} /></>] as const] : []),
          ]} />
          <Differences title={s('what_changes')} of={p.differences} />
          {p.state === 'open' && p.possible && <Effect path={path} />}
          {p.state === 'open' && <Decide p={p} path={path} again={one.again} />}
        </>
      )}</Live>
    </>
  );
}

// It takes up to seconds: asked for once, not again and again.
function Effect({ path }: { path: string }) {
  const effect = useLive((signal) => get<Schemas['PolicyEffect']>(`${path}/effect`, {}, signal), `${path}/effect`, []);
  return <Live from={effect}>{(e) => <Told effect={e} />}</Live>;
}

function Told({ effect: e }: { effect: Schemas['PolicyEffect'] }) {
  const other = e.moves.reduce((n, m) => n + m.decisions, 0);
  if (!e.decisions) return <section><h2>{s('effect')}</h2><p>{s('effect_none')}</p></section>;
  return (
    <section>
      <h2>{s('effect')}</h2>
      <p class="verdict">{s('effect_sentence', amount(e.decisions), amount(e.same), amount(other), amount(e.cannot_tell))}</p>
      {!e.complete && e.oldest && <p class="note">{s('effect_part', time(e.oldest))}</p>}
      {e.cannot_tell > 0 && <p class="source">{s('effect_why')}</p>}
      <Table title={s('verdicts')} rows={e.moves} none={s('verdicts_same')} columns={[
        { name: s('before'), cell: (m) => m.from },
        { name: s('after'), cell: (m) => m.to },
        { name: s('how_many'), cell: (m) => amount(m.decisions) },
      ]} />
      {e.rules.length > 0 && <Table title={s('by_rule')} rows={e.rules} none="" columns={[
        { name: s('rule'), cell: (r) => <><Foreign>{r.title}</Foreign><br /><code>{r.rule}</code></> },
        { name: s('stops_more'), cell: (r) => amount(r.stops_more) },
        { name: s('stops_no_more'), cell: (r) => amount(r.stops_no_more) },
        { name: s('cannot_tell'), cell: (r) => amount(r.cannot_tell) },
      ]} />}
      {e.examples.length > 0 && (
        <>
          <h3>{s('examples')}</h3>
          <ul>{e.examples.map((id) => <li><a href={`#/decisions/${id}`}><code>{id}</code></a></li>)}</ul>
        </>
      )}
    </section>
  );
}

// Who is signed in by name is who does it; the operator says who it is.
function Decide({ p, path, again }: { p: P; path: string; again: () => void }) {
  const named = me().name ?? '';
  const [by, setBy] = useState('');
  const [busy, setBusy] = useState(false);
  const who = named || by.trim() || 'admin';
  const same = who.toLowerCase() === p.by.toLowerCase();
  const may = mayAll(mayAs('approver', 'compliance'), mayIf(p.possible, s('impossible')), mayIf(!p.second || !same, s('second', p.by)));
  const go = async (deed: 'apply' | 'drop') => {
    if (busy) return;
    setBusy(true);
    try {
      const done = await post<P>(`${path}/${deed}`, named ? {} : { by: who });
      toast(deed === 'apply' ? s('applied_said', done.version ?? 0) : s('dropped_said'));
      again();
    } catch (e) {
      toastError(e);
    }
    setBusy(false);
  };
  return (
    <section class="card">
      <p>{p.second ? s('second', p.by) : s('alone')}</p>
      {!named && <Field label={s('who_are_you')}><input maxLength={200} value={by} placeholder="admin" onInput={(e) => setBy(e.currentTarget.value)} /></Field>}
      <p class="row">
        <Act may={may} onDo={() => void go('apply')}>{s('apply')}</Act>
        <Act may={mayAs('approver', 'compliance')} onDo={() => void go('drop')}>{s('drop')}</Act>
      </p>
    </section>
  );
}
