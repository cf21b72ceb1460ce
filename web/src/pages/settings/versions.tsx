// The versions of the policy: who changed what, when and why; what differs; and the way back.
import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Act, Dialog, Field, Foreign, Live, mayAll, mayAs, mayIf, Moment, Table, toastError, useLive } from '../../parts';
import { Differences } from './parts';
import { s } from './texts';

export function Versions({ number }: { number: string }) {
  const list = useLive((signal) => get<Schemas['PolicyVersionList']>('/policy/versions', { limit: 200 }, signal), 'versions', ['settings']);
  const [back, setBack] = useState<number>();
  return (
    <>
      {number && <Diff to={Number(number)} />}
      <Live from={list}>{({ items }) => (
        <>
          <Table title={s('versions')} rows={items} none={s('no_versions')} columns={[
            { name: s('version'), cell: (v) => <Foreign>{v.version}</Foreign> },
            { name: s('when'), cell: (v) => <Moment at={v.at} /> },
            { name: s('kind_of_change'), cell: (v) => s(v.kind as 'set') },
            { name: s('proposed_by'), cell: (v) => <Foreign>{v.by}</Foreign> },
            { name: s('applied_by'), cell: (v) => <Foreign>{v.applied_by}</Foreign> },
            { name: s('why'), cell: (v) => <Foreign>{v.reason}</Foreign> },
            { name: s('entry'), cell: (v) => v.entry },
            { name: s('compare'), cell: (v) => <a href={`#/settings/versions/${v.number}`}>{s('compare')}</a> },
            { name: s('go_back'), cell: (v) => v.number === items[0]!.number ? '–'
              : <Act may={mayAs('compliance')} onDo={() => setBack(v.number)}>{s('go_back')}</Act> },
          ]} />
          {items.length > 0 && <p class="row"><Act may={mayAs('compliance')} onDo={() => setBack(0)}>{s('go_back_title', 0)}</Act></p>}
        </>
      )}</Live>
      <Back to={back} close={() => setBack(undefined)} />
    </>
  );
}

function Diff({ to }: { to: number }) {
  const [from, setFrom] = useState(to - 1);
  const diff = useLive((signal) => get<Schemas['PolicyDiff']>('/policy/diff', { from, to }, signal), `diff ${from} ${to}`, ['settings']);
  return (
    <section>
      <p class="row">
        <button type="button" aria-pressed={from === to - 1} onClick={() => setFrom(to - 1)}>{s('compare')}</button>
        <button type="button" aria-pressed={from === 0} onClick={() => setFrom(0)}>{s('since_pack')}</button>
      </p>
      <Live from={diff}>{(d) => <Differences title={s('from_version', d.from, d.to)} of={d.differences} />}</Live>
    </section>
  );
}

function Back({ to, close }: { to: number | undefined; close: () => void }) {
  const [reason, setReason] = useState('');
  const go = async () => {
    try {
      const p = await post<Schemas['PolicyProposal']>('/policy/roll-back', { to: to!, reason: reason.trim() });
      location.hash = `#/settings/policy/${p.id}`;
      close();
    } catch (e) {
      toastError(e);
    }
  };
  return (
    <Dialog title={s('go_back_title', to ?? 0)} open={to !== undefined} onClose={close}>
      <p>{s('go_back_text')}</p>
      <Field label={s('reason')}><input maxLength={500} value={reason} onInput={(e) => setReason(e.currentTarget.value)} /></Field>
      <p class="row"><Act may={mayAll(mayAs('compliance'), mayIf(reason.trim() !== '', s('needs_reason')))} onDo={() => void go()}>{s('look')}</Act></p>
    </Dialog>
  );
}
