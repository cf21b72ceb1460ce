// What a reply answers: the same form for a new one and for one that is edited.
import { useEffect, useRef, useState } from 'preact/hooks';
import { patch, post, Problem } from '../../api';
import { Deed, Part, Said, useDeed } from '../campaigns/shared';
import { kindName, kinds, Sender, type Known, type Reply } from './shared';
import { t } from './words';

const empty = { name: '', kind: 'welcome', app: '', number: '', text: '', words: '', hours: '', zone: Intl.DateTimeFormat().resolvedOptions().timeZone, language: '' };
type Draft = typeof empty;

const draftOf = (x: Reply): Draft => ({
  name: x.name, kind: x.kind, app: x.app, number: x.number, text: x.text, words: x.words.join(', '), hours: x.hours ?? '', zone: x.zone ?? empty.zone,
  language: x.language ?? '',
});

// As the API takes it, but for the name.
function values(d: Draft) {
  return {
    kind: d.kind, app: d.app, number: d.number, text: d.text,
    ...(d.kind === 'keyword' && { words: d.words.split(',').map((w) => w.trim()).filter(Boolean) }),
    ...(d.kind === 'out_of_hours' && { hours: d.hours.trim(), ...(d.zone.trim() && { zone: d.zone.trim() }) }),
    language: d.language.trim(),
  };
}

function Fields({ known, d, set }: { known: Known; d: Draft; set: (more: Partial<Draft>) => void }) {
  return (
    <>
      <div class="fields">
        <label>{t('reply_kind')}
          <select name="reply-kind" value={d.kind} onChange={(e) => set({ kind: e.currentTarget.value })}>
            {kinds.map((k) => <option value={k}>{kindName(k)}</option>)}
          </select>
        </label>
        <Sender known={known} app={d.app} number={d.number} set={set} />
        {d.kind === 'keyword' && <label>{t('words_field')}<input name="words" value={d.words} onInput={(e) => set({ words: e.currentTarget.value })} /></label>}
        {d.kind === 'out_of_hours' && <label>{t('hours')}<input name="hours" value={d.hours} onInput={(e) => set({ hours: e.currentTarget.value })} /></label>}
        {d.kind === 'out_of_hours' && <label>{t('zone')}<input name="zone" value={d.zone} onInput={(e) => set({ zone: e.currentTarget.value })} /></label>}
        <label>{t('language')}<input name="language" maxLength={8} value={d.language} onInput={(e) => set({ language: e.currentTarget.value })} /></label>
      </div>
      <label>{t('text')}<textarea name="text" rows={3} value={d.text} onInput={(e) => set({ text: e.currentTarget.value })} /></label>
    </>
  );
}

function missing(d: Draft): string {
  const all = [
    !d.name.trim() && t('name'), !d.app && t('app'), !d.number && t('number'), !d.text.trim() && t('text'),
    d.kind === 'keyword' && !d.words.trim() && t('words_field'), d.kind === 'out_of_hours' && !d.hours.trim() && t('hours'),
  ].filter(Boolean).join('; ');
  return all && t('missing', all);
}

export function AddReply({ known, again }: { known: Known; again: () => void }) {
  const [d, setD] = useState(empty);
  const deed = useDeed();
  const set = (more: Partial<Draft>) => setD((old) => ({ ...old, ...more }));
  const why = missing(d);
  const add = () => deed.run(async () => {
    const { language, ...rest } = values(d);
    await post('/autoreplies', { name: d.name.trim(), ...rest, ...(language && { language }) });
    setD(empty);
    again();
    return t('added', d.name.trim());
  });
  return (
    <details>
      <summary>{t('add_reply')}</summary>
      <Part title={t('add_reply')}>
        <label>{t('name')}<input name="reply-name" value={d.name} onInput={(e) => set({ name: e.currentTarget.value })} /></label>
        <Fields known={known} d={d} set={set} />
        <p class="row"><Deed roles={['author']} name={t('add')} {...(why && { why })} run={add} /></p>
        <Said of={deed} />
      </Part>
    </details>
  );
}

// As it was when somebody began: what they are writing is not replaced by what somebody else wrote.
export function EditReply({ known, of, done, reload, close }:
  { known: Known; of: Reply; done: (said: string) => void; reload: () => void; close: () => void }) {
  const [d, setD] = useState(() => draftOf(of));
  const [overtaken, setOvertaken] = useState(false);
  const deed = useDeed();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus(), []); // it opens below a list that may be long
  const set = (more: Partial<Draft>) => setD((old) => ({ ...old, ...more }));
  const was = new Map<string, unknown>(Object.entries(values(draftOf(of))));
  const changed = Object.fromEntries(Object.entries(values(d)).filter(([k, v]) => JSON.stringify(v) !== JSON.stringify(was.get(k))));
  const why = missing(d) || (Object.keys(changed).length ? '' : t('nothing_changed'));
  const save = () => deed.run(async () => {
    try {
      await patch(`/autoreplies/${encodeURIComponent(of.name)}`, { ...changed, revision: of.revision });
    } catch (e) {
      setOvertaken(e instanceof Problem && e.field === 'revision');
      throw e;
    }
    done(t('edited', of.name));
    return '';
  });
  return (
    <div ref={place} tabIndex={-1}>
      <Part title={t('edit_title', `\u2068${of.name}\u2069`)}>
        <Fields known={known} d={d} set={set} />
        <p class="row">
          <Deed roles={['author']} name={t('save')} {...(why && { why })} run={save} />
          <button type="button" onClick={close}>{t('keep')}</button>
        </p>
        <Said of={deed} />
        {overtaken && <p><button type="button" onClick={reload}>{t('load_now')}</button></p>}
      </Part>
    </div>
  );
}
