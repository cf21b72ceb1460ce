// Every rule in its order, and what it said; below each that did not pass, the facts behind it and what to do.
import { useState } from 'preact/hooks';
import type { Schemas } from '../../api';
import { evidenceName, evidenceValue } from '../../evidence';
import { Facts, Foreign, Table } from '../../parts';
import { words } from '../../texts';
import { Value, valueText } from '../../values';

const t = words({
  ladder: ['Every rule, in order', 'Tutte le regole, in ordine'],
  only_failed: ['Only those that did not pass', 'Solo quelle non superate'],
  no: ['No.', 'N.'],
  input: ['What it saw, and its limit', 'Che cosa ha visto, e il limite'],
  passed_all: ['Every rule passed, or does not apply.', 'Tutte le regole sono superate, o non si applicano.'],
  what_passed: ['“Passed” also means that a rule does not apply to this message.', '«Superata» vuol dire anche che la regola non riguarda questo messaggio.'],
});

export function Evidence({ of }: { of: Record<string, unknown> }) {
  const rows = Object.entries(of);
  if (!rows.length) return <>–</>;
  return <Facts rows={rows.map(([name, value]) => [evidenceName(name), <Foreign>{evidenceValue(value)}</Foreign>] as const)} />;
}

export function Finding({ of, first }: { of: Schemas['Finding']; first: boolean }) {
  return (
    <details class="card" open={first}>
      <summary><Value of={of.level} /> <code>{of.id}</code>: <Foreign>{of.because}</Foreign></summary>
      <Facts rows={[[t('remedy'), of.remedy], [t('who'), valueText(of.who)]]} />
      <h3>{t('input')}</h3>
      <Evidence of={of.evidence as Record<string, unknown>} />
    </details>
  );
}

type Step = Schemas['LadderStep'];

export function Ladder({ steps, details }: { steps: readonly Step[]; details: readonly Schemas['Finding'][] }) {
  const [failed, setFailed] = useState(false);
  const of = (step: Step) => details.find((d) => d.id === step.id);
  const shown = failed ? steps.filter((s) => s.verdict !== 'passed') : steps;
  return (
    <>
      <label class="check">
        <input type="checkbox" checked={failed} onChange={() => setFailed(!failed)} /> {t('only_failed')}
      </label>
      <Table title={t('ladder')} rows={shown} none={t('passed_all')} columns={[
        { name: t('no'), cell: (s) => s.number, sort: (s) => s.number },
        { name: t('rule'), cell: (s) => <>{s.about}<br /><code>{s.id}</code></>, sort: (s) => s.id },
        { name: t('verdict'), cell: (s) => <Value of={s.verdict} />, sort: (s) => s.verdict },
        { name: t('input'), cell: (s) => { const f = of(s); return f ? <Evidence of={f.evidence as Record<string, unknown>} /> : '–'; } },
        { name: t('remedy'), cell: (s) => of(s)?.remedy ?? '–' },
        { name: t('who'), cell: (s) => { const f = of(s); return f ? valueText(f.who) : '–'; } },
      ]} />
      <p class="source">{t('what_passed')}</p>
    </>
  );
}
