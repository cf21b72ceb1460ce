// The policy in force, a card a rule: what it is for, its level, its figures with source and date. What is changed here is a
// draft until somebody has seen what it would have done.
import { useMemo, useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Act, Facts, Field, Foreign, Live, mayAll, mayAs, mayIf, Moment, Table, toastError, useLive } from '../../parts';
import { valueText } from '../../values';
import { figure, Level, levelWord } from './parts';
import { s } from './texts';

type Rule = Schemas['PolicyRule'];
type Figure = Schemas['PolicyFigure'];
type Draft = Record<string, string>; // "level:content.link" or "figure:quiet_hours.from" → text

const LEVELS = ['off', 'warn', 'hold', 'refuse'];

function isChanged(r: Rule): boolean {
  return r.level !== r.default_level || r.figures.some((f) => f.value !== f.default);
}

function fits(r: Rule, wanted: string, only: boolean): boolean {
  if (only && !isChanged(r)) return false;
  const text = `${r.id} ${r.number} ${r.title} ${r.explain} ${r.figures.map((f) => f.label).join(' ')}`;
  return text.toLowerCase().includes(wanted.trim().toLowerCase());
}

function items(draft: Draft, what: string): string[] {
  return Object.entries(draft).filter(([key]) => key.startsWith(`${what}:`)).map(([key, v]) => `${key.slice(what.length + 1)}=${v}`);
}

export function Policy({ only }: { only: string }) {
  const policy = useLive((signal) => get<Schemas['PolicyInForce']>('/policy', {}, signal), 'policy', ['settings']);
  const waiting = useLive((signal) => get<Schemas['PolicyProposalList']>('/policy/proposals', { limit: 50 }, signal), 'proposals', ['settings']);
  const [wanted, setWanted] = useState(only);
  const [changed, setChanged] = useState(false);
  const [draft, setDraft] = useState<Draft>({});
  const set = (key: string, value: string, was: string) => {
    const { [key]: _, ...rest } = draft;
    setDraft(value === was ? rest : { ...rest, [key]: value });
  };
  return (
    <>
      <Live from={policy}>{(p) => {
        const rules = p.rules.filter((r) => fits(r, wanted, changed));
        return (
          <>
            <h2>{s('in_force')}</h2>
            <Facts rows={[
              [s('version'), <Foreign>{p.version}</Foreign>],
              [s('pack'), <Foreign>{`${p.name} ${p.base}`}</Foreign>],
              [s('mode'), valueText(p.mode)],
              [s('changed'), p.changed_at ? <><Moment at={p.changed_at} /> · <Foreign>{p.changed_by}: {p.reason}</Foreign></> : s('never')],
            ]} />
            <div class="filter">
              <Field label={s('search')}><input type="search" value={wanted} onInput={(e) => setWanted(e.currentTarget.value)} /></Field>
              <label class="check"><input type="checkbox" checked={changed} onChange={(e) => setChanged(e.currentTarget.checked)} /> {s('only_changed')}</label>
            </div>
            <p role="status">{s('rules_shown', rules.length, p.rules.length)}</p>
            {rules.map((r) => <Card rule={r} draft={draft} set={set} key={r.id} />)}
            <Waiting list={waiting.data?.items ?? []} />
          </>
        );
      }}</Live>
      <Save draft={draft} forget={() => setDraft({})} />
    </>
  );
}

function Waiting({ list }: { list: readonly Schemas['PolicyProposal'][] }) {
  return (
    <Table title={s('proposals_open')} rows={list.filter((p) => p.state === 'open')} none={s('no_proposals')} columns={[
      { name: s('when'), cell: (p) => <Moment at={p.at} /> },
      { name: s('kind_of_change'), cell: (p) => <a href={`#/settings/policy/${encodeURIComponent(p.id)}`}>{s(p.kind as 'set')}</a> },
      { name: s('by'), cell: (p) => <Foreign>{p.by}</Foreign> },
      { name: s('why'), cell: (p) => <Foreign>{p.reason}</Foreign> },
    ]} />
  );
}

interface Editing {
  draft: Draft;
  set: (key: string, value: string, was: string) => void;
}

function Card({ rule, draft, set }: { rule: Rule } & Editing) {
  const level = draft[`level:${rule.id}`] ?? rule.level;
  return (
    <details class="card">
      <summary>
        <Foreign>{rule.title}</Foreign> <code>{rule.id}</code> · <Level level={level} />
        {rule.level !== rule.default_level && <span class="source"> ({s('own_value', levelWord(rule.default_level))})</span>}
      </summary>
      <p><Foreign>{rule.explain}</Foreign></p>
      <p class="source"><Foreign>{s('what_helps', rule.remedy)}</Foreign></p>
      {rule.binds ? <p>{s('binds')}</p> : (
        <Field label={s('level_of', rule.title)}>
          <select value={level} onChange={(e) => set(`level:${rule.id}`, e.currentTarget.value, rule.level)}>
            {LEVELS.map((l) => <option value={l}>{levelWord(l)}</option>)}
          </select>
        </Field>
      )}
      {rule.figures.length > 0 && <Figures rule={rule} draft={draft} set={set} />}
    </details>
  );
}

function Figures({ rule, draft, set }: { rule: Rule } & Editing) {
  return (
    <Table title={s('figures', rule.title)} rows={rule.figures} none="" columns={[
      { name: s('figure'), cell: (f) => <Foreign>{f.label}</Foreign> },
      { name: s('value'), cell: (f) => f.least === null ? figure(f.unit, f.value) : <Value of={f} draft={draft} set={set} /> },
      { name: s('bounds'), cell: (f) => f.least === null || f.most === null ? s('fixed')
        : s('from_to', figure(f.unit, f.least), figure(f.unit, f.most)) },
      { name: s('source'), cell: (f) => <>
        {s(f.source as 'meta' | 'vendor' | 'own', f.date)}
        {f.value !== f.default && <><br /><span class="source">{s('own_value', figure(f.unit, f.default))}</span></>}
      </> },
    ]} />
  );
}

const EVIDENCE = ['none', 'imported', 'form', 'inbound_message', 'double_opt_in', 'signed'];

function Value({ of: f, draft, set }: { of: Figure } & Editing) {
  const key = `figure:${f.figure}`;
  const value = draft[key] ?? f.value;
  const put = (text: string) => set(key, text, f.value);
  const choices = f.unit === 'yes_no' ? ['true', 'false'] : f.unit === 'evidence' ? EVIDENCE : undefined;
  if (choices)
    return (
      <select aria-label={f.label} value={value} onChange={(e) => put(e.currentTarget.value)}>
        {choices.map((c) => <option value={c} translate={false}>{figure(f.unit, c)}</option>)}
      </select>
    );
  const clock = f.unit === 'time_of_day';
  return (
    <input aria-label={f.label} type={clock ? 'time' : 'number'} step={f.unit === 'share' ? '0.01' : clock ? '60' : '1'}
      min={f.least ?? undefined} max={f.most ?? undefined} value={value} onInput={(e) => put(e.currentTarget.value)} />
  );
}

// Nothing is saved without a look at what it would have done: this makes a proposal, and the proposal's page has the rest.
function Save({ draft, forget }: { draft: Draft; forget: () => void }) {
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const n = useMemo(() => Object.keys(draft).length, [draft]);
  if (!n) return null;
  const may = mayAll(mayAs('compliance'), mayIf(reason.trim() !== '' && !busy, s('needs_reason')));
  const propose = async () => {
    setBusy(true);
    try {
      const body = { reason: reason.trim(), level: items(draft, 'level'), figure: items(draft, 'figure') };
      const p = await post<Schemas['PolicyProposal']>('/policy/proposals', body as never);
      location.hash = `#/settings/policy/${p.id}`;
    } catch (e) {
      toastError(e);
    }
    setBusy(false);
  };
  return (
    <section class="card save">
      <p>{n === 1 ? s('draft_one') : s('draft', n)}</p>
      <Field label={s('reason')}><input maxLength={500} value={reason} onInput={(e) => setReason(e.currentTarget.value)} /></Field>
      <p class="row">
        <Act may={may} onDo={propose}>{s('look')}</Act>
        <button type="button" onClick={forget}>{s('forget')}</button>
      </p>
    </section>
  );
}
