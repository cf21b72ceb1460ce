// Exceptions: where a rule only warns, until when, who asked for it and who allowed it.
import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Act, Dialog, Field, Foreign, Live, mayAll, mayAs, mayIf, Moment, Table, toast, toastError, useLive } from '../../parts';
import { scopeWord } from './parts';
import { s } from './texts';

type X = Schemas['PolicyException'];

export function Exceptions() {
  const policy = useLive((signal) => get<Schemas['PolicyInForce']>('/policy', {}, signal), 'policy', ['settings']);
  const [ending, setEnding] = useState<X>();
  return (
    <Live from={policy}>{(p) => (
      <>
        <Table title={s('exceptions')} rows={p.exceptions} none={s('no_exceptions')} columns={[
          { name: s('rule'), cell: (x) => <code>{x.rule}</code> },
          { name: s('place'), cell: (x) => <>{s(scopeWord(x.scope))} <Foreign>{x.scope_id}</Foreign></> },
          { name: s('until'), cell: (x) => x.in_force ? <Moment at={x.until} /> : s('over') },
          { name: s('why'), cell: (x) => <Foreign>{x.reason}</Foreign> },
          { name: s('asked_by'), cell: (x) => <Foreign>{x.by}</Foreign> },
          { name: s('allowed_by'), cell: (x) => <Foreign>{x.applied_by}</Foreign> },
          { name: s('end_it'), cell: (x) => <Act may={mayAs('approver', 'compliance')} onDo={() => setEnding(x)}>{s('end_it')}</Act> },
        ]} />
        <New rules={p.rules} />
        <End of={ending} close={() => { setEnding(undefined); policy.again(); }} />
      </>
    )}</Live>
  );
}

function End({ of, close }: { of: X | undefined; close: () => void }) {
  const [reason, setReason] = useState('');
  const end = async () => {
    try {
      await post(`/policy/exceptions/${encodeURIComponent(of!.id)}/end`, { reason: reason.trim() });
      toast(s('ended'));
      setReason('');
      close();
    } catch (e) {
      toastError(e);
    }
  };
  return (
    <Dialog title={s('end_title')} open={of !== undefined} onClose={close}>
      <p><code>{of?.rule}</code> · <Foreign>{of?.scope_id}</Foreign></p>
      <Field label={s('reason')}><input maxLength={500} value={reason} onInput={(e) => setReason(e.currentTarget.value)} /></Field>
      <p class="row"><Act may={mayIf(reason.trim() !== '', s('needs_reason'))} onDo={() => void end()}>{s('end_it')}</Act></p>
    </Dialog>
  );
}

function New({ rules }: { rules: readonly Schemas['PolicyRule'][] }) {
  const free = rules.filter((r) => !r.binds);
  const [v, setV] = useState({ rule: free[0]?.id ?? '', scope: 'number', id: '', days: '7', reason: '' });
  const put = (change: Partial<typeof v>) => setV({ ...v, ...change });
  const days = Number(v.days);
  const whole = v.id.trim() !== '' && v.reason.trim() !== '' && days >= 1 && days <= 90;
  const propose = async () => {
    try {
      const p = await post<Schemas['PolicyProposal']>('/policy/exceptions', {
        rule: v.rule, [v.scope]: v.id.trim(), for: `${days}d`, reason: v.reason.trim(),
      });
      location.hash = `#/settings/policy/${p.id}`;
    } catch (e) {
      toastError(e);
    }
  };
  return (
    <section class="card">
      <h2>{s('new_exception')}</h2>
      <p>{s('exception_text')}</p>
      <Field label={s('rule')}>
        <select value={v.rule} onChange={(e) => put({ rule: e.currentTarget.value })}>
          {free.map((r) => <option value={r.id} translate={false}>{`${r.title} (${r.id})`}</option>)}
        </select>
      </Field>
      <Field label={s('place')}>
        <select value={v.scope} onChange={(e) => put({ scope: e.currentTarget.value })}>
          {(['number', 'app', 'template'] as const).map((x) => <option value={x}>{s(scopeWord(x))}</option>)}
        </select>
      </Field>
      <Field label={s('which')}><input maxLength={63} value={v.id} onInput={(e) => put({ id: e.currentTarget.value })} /></Field>
      <Field label={s('for_days')}><input type="number" min="1" max="90" value={v.days} onInput={(e) => put({ days: e.currentTarget.value })} /></Field>
      <Field label={s('reason')}><input maxLength={500} value={v.reason} onInput={(e) => put({ reason: e.currentTarget.value })} /></Field>
      <p class="row"><Act may={mayAll(mayAs('compliance'), mayIf(whole, s('needs_reason')))} onDo={() => void propose()}>{s('propose')}</Act></p>
    </section>
  );
}
