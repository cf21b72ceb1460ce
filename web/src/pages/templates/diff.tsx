// What became other in the text of a template, in words: the text of now against one of those it had.
import { useState } from 'preact/hooks';
import { get, type Schemas } from '../../api';
import { Foreign, Live, useLive } from '../../parts';
import { time } from '../../texts';
import { t } from './words';

type Diff = Schemas['TemplateDiff'];
type Piece = Schemas['TemplatePiece'];

function Words({ of }: { of: Piece }) {
  if (of.kind === 'gone') return <del><span class="unseen">{t('gone')} </span>{of.text}</del>;
  if (of.kind === 'new') return <ins><span class="unseen">{t('new')} </span>{of.text}</ins>;
  return <>{of.text}</>;
}

function Part({ of }: { of: Schemas['TemplatePart'] }) {
  return (
    <div>
      <dt><code><Foreign>{of.place}</Foreign></code>{of.before === null ? ` · ${t('part_new')}` : of.after === null ? ` · ${t('part_gone')}` : ''}</dt>
      <dd class="diff"><Foreign>{of.pieces.map((p) => <Words of={p} />)}</Foreign></dd>
    </div>
  );
}

function former(x: Schemas['TemplateText']): string {
  return x.until ? t('until', time(x.until), x.content) : t('of_now', x.content);
}

export function TextDiff({ path }: { path: string }) {
  const [from, setFrom] = useState('');
  const diff = useLive((signal) => get<Diff>(`${path}/diff`, { from }, signal), `${path}/diff ${from}`, ['template']);
  return (
    <section class="card">
      <h2>{t('diff')}</h2>
      <Live from={diff}>{(d) => (d.from === null ? <p>{t('no_former')}</p> : (
        <>
          <label>{t('compare_with')}
            <select name="from" value={d.from.content} onChange={(e) => setFrom(e.currentTarget.value)}>
              {d.texts.filter((x) => x.until).map((x) => <option value={x.content} translate={false}>{former(x)}</option>)}
            </select>
          </label>
          {d.parts.length ? <dl class="parts-of">{d.parts.map((p) => <Part of={p} />)}</dl> : <p>{t('same_text')}</p>}
        </>
      ))}</Live>
    </section>
  );
}
