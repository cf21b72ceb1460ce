// One trigger: what came to it, what stands in its way, its definition, and an event to try.
import { useState } from 'preact/hooks';
import { drop, get, patch, post, type Schemas } from '../../api';
import { Facts, Foreign, Live, Moment, useLive, Word } from '../../parts';
import { amount } from '../../texts';
import { Deed, Part, Said, useDeed } from '../campaigns/shared';
import { AskRemove } from './remove';
import { Sender, type Known } from './shared';
import { t } from './words';

type One = Schemas['Trigger'];

function json(text: string): { doc?: object; wrong: string } {
  if (!text.trim()) return { wrong: '' };
  try {
    const doc: unknown = JSON.parse(text);
    return typeof doc === 'object' && doc !== null ? { doc, wrong: '' } : { wrong: '{ … }' };
  } catch (e) {
    return { wrong: (e as Error).message };
  }
}

export function AddTrigger({ known, again }: { known: Known; again: () => void }) {
  const [d, setD] = useState({ text: '', app: '', number: '', secret: '' });
  const deed = useDeed();
  const set = (more: Partial<typeof d>) => setD((old) => ({ ...old, ...more }));
  const { doc, wrong } = json(d.text);
  const add = () => deed.run(async () => {
    const made = await post<One>('/triggers', {
      file: doc, ...(d.app && { app: d.app }), ...(d.number && { number: d.number }), ...(d.secret && { secret_file: d.secret }),
    });
    setD({ text: '', app: '', number: '', secret: '' });
    again();
    return [t('trigger_added', made.name), ...made.warnings].join(' ');
  });
  return (
    <details>
      <summary>{t('add_trigger')}</summary>
      <Part title={t('add_trigger')}>
        <label>{t('definition')}<textarea name="trigger" rows={12} spellcheck={false} value={d.text} onInput={(e) => set({ text: e.currentTarget.value })} /></label>
        {wrong && <p role="status"><Foreign>{t('no_json', wrong)}</Foreign></p>}
        <div class="fields">
          <Sender known={known} app={d.app} number={d.number} set={set} />
          <label>{t('secret')}<input type="password" name="secret" autoComplete="off" value={d.secret} onInput={(e) => set({ secret: e.currentTarget.value })} /></label>
        </div>
        <p class="row"><Deed roles={['author']} name={t('add')} {...(!doc && { why: t('missing', t('definition')) })} run={add} /></p>
        <Said of={deed} />
      </Part>
    </details>
  );
}

export function Trigger({ name }: { name: string }) {
  const path = `/triggers/${encodeURIComponent(name)}`;
  const live = useLive((signal) => get<One>(path, {}, signal), path);
  const deed = useDeed();
  const [asks, setAsks] = useState(false);
  const remove = () => deed.run(async () => {
    await drop(path);
    location.hash = '#/automations';
    return t('removed', name);
  });
  return (
    <>
      <p><a href="#/automations">{t('back')}</a></p>
      <Live from={live}>{(x) => (
        <>
          <h2><Foreign>{x.name}</Foreign></h2>
          <Facts rows={[
            [t('queued'), amount(x.queued)],
            [t('repeated'), amount(x.repeated)],
            [t('skipped'), amount(x.skipped)],
            [t('last_event'), x.last_at ? <Moment at={x.last_at} /> : t('never')],
            [t('app'), <Foreign>{x.app}</Foreign>],
            [t('number'), <Foreign>{x.number}</Foreign>],
            [t('address'), <code><Foreign>{x.url}</Foreign></code>],
            [t('proof'), <Foreign>{x.proof}</Foreign>],
            [t('made_at'), <Moment at={x.created_at} />],
          ]} />
          {x.problem && <p class="note">{t('problem')}: <Foreign>{x.problem}{x.problem_place ? ` (${x.problem_place})` : ''}</Foreign></p>}
          {x.useless_in_a_row > 0 && <p>{t('useless', amount(x.useless_in_a_row))}</p>}
          <h2>{t('in_way')}</h2>
          {x.warnings.length ? <ul>{x.warnings.map((w) => <li><Foreign>{w}</Foreign></li>)}</ul> : <p>{t('nothing_in_way')}</p>}
          <Change of={x} again={live.again} />
          <Try name={x.name} />
          <p class="row"><Deed roles={['author']} name={t('remove')} run={() => setAsks(true)} /></p>
          <Said of={deed} />
          <AskRemove name={x.name} says={t('remove_trigger', amount(x.queued))} open={asks} close={() => setAsks(false)} go={remove} />
        </>
      )}</Live>
    </>
  );
}

function Change({ of, again }: { of: One; again: () => void }) {
  const [text, setText] = useState(() => JSON.stringify(of.definition, null, 2));
  const deed = useDeed();
  const { doc, wrong } = json(text);
  const change = () => deed.run(async () => {
    await patch(`/triggers/${encodeURIComponent(of.name)}`, { file: doc });
    again();
    return t('set_done');
  });
  return (
    <Part title={t('definition')}>
      <label>{t('definition')}<textarea name="definition" rows={14} spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} /></label>
      {wrong && <p role="status"><Foreign>{t('no_json', wrong)}</Foreign></p>}
      <p class="row"><Deed roles={['author']} name={t('set')} {...(!doc && { why: t('missing', t('definition')) })} run={change} /></p>
      <Said of={deed} />
    </Part>
  );
}

function Try({ name }: { name: string }) {
  const [text, setText] = useState('');
  const [found, setFound] = useState<Schemas['TriggerTry'][]>([]);
  const deed = useDeed();
  const { doc, wrong } = json(text);
  const run = () => deed.run(async () => {
    setFound((await post<Schemas['TriggerTest']>(`/triggers/${encodeURIComponent(name)}/test`, { file: doc })).items);
    return '';
  });
  return (
    <Part title={t('try')}>
      <p>{t('try_hint')}</p>
      <label>{t('event')}<textarea name="event" rows={8} spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} /></label>
      {wrong && <p role="status"><Foreign>{t('no_json', wrong)}</Foreign></p>}
      <p class="row"><Deed roles={['author']} name={t('try_now')} {...(!doc && { why: t('missing', t('event')) })} run={run} /></p>
      <Said of={deed} />
      {found.map((x) => (
        <section class="card">
          <Facts rows={[
            [t('outcome'), <Word>{x.state}</Word>],
            [t('why'), <Foreign>{x.reason ?? '–'}</Foreign>],
            [t('due'), x.due_at ? <Moment at={x.due_at} /> : '–'],
            [t('verdict'), <Word>{x.decision?.verdict ?? null}</Word>],
            [t('rule'), <Foreign>{x.decision?.rules.join(', ') || '–'}</Foreign>],
          ]} />
          <h3>{t('would_send')}</h3>
          <pre tabIndex={0}><Foreign>{JSON.stringify(x.body, null, 1)}</Foreign></pre>
        </section>
      ))}
    </Part>
  );
}
