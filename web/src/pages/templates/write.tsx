// Writing a template, checked on every pause of the keys, and adding it to an account.
import { useEffect, useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Foreign, Live, useLive } from '../../parts';
import { Deed, Said, useDeed } from '../campaigns/shared';
import { Preview } from '../preview';
import { Findings, type Linted } from './lint';
import { t } from './words';

const PAUSE_MS = 400;

const example = {
  name: 'order_ready', language: 'it', category: 'UTILITY',
  components: [
    { type: 'BODY', text: 'Ciao {{1}}, il tuo ordine {{2}} è pronto in negozio.', example: { body_text: [['Anna', 'A1B2']] } },
    { type: 'FOOTER', text: 'Bottega Esempio' },
  ],
};

interface Definition {
  name?: string;
  components?: unknown;
}

function read(text: string): { doc?: object; wrong: string } {
  if (!text.trim()) return { wrong: '' };
  try {
    const doc: unknown = JSON.parse(text);
    return typeof doc === 'object' && doc !== null ? { doc, wrong: '' } : { wrong: '{ … }' };
  } catch (e) {
    return { wrong: (e as Error).message };
  }
}

function useChecked(waba: string, text: string): { items: Linted[]; failed: string } {
  const [found, setFound] = useState<{ items: Linted[]; failed: string }>({ items: [], failed: '' });
  useEffect(() => {
    const { doc } = read(text);
    let gone = false;
    if (!doc) {
      setFound({ items: [], failed: '' });
      return undefined;
    }
    const timer = setTimeout(() => {
      post<Schemas['Lint']>('/templates/lint', { ...(waba && { waba }), file: doc }).then(
        (l) => { if (!gone) setFound({ items: l.items, failed: '' }); },
        (e: unknown) => { if (!gone) setFound({ items: [], failed: (e as Error).message }); },
      );
    }, PAUSE_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [waba, text]);
  return found;
}

export function Write() {
  const accounts = useLive((signal) => get<Schemas['AccountList']>('/accounts', { limit: 1000 }, signal), 'accounts');
  return (
    <>
      <p><a href="#/templates">{t('back')}</a></p>
      <h2>{t('writing')}</h2>
      <p>{t('writing_hint')}</p>
      <Live from={accounts}>{({ items }) => <Editor accounts={items} />}</Live>
    </>
  );
}

function Editor({ accounts }: { accounts: readonly Schemas['Account'][] }) {
  const [text, setText] = useState('');
  const [waba, setWaba] = useState(accounts[0]?.waba ?? '');
  const deed = useDeed();
  const found = useChecked(waba, text);
  const { doc, wrong } = read(text);
  const all = (doc ? (Array.isArray(doc) ? doc : [doc]) : []) as Definition[];
  const errors = found.items.reduce((n, x) => n + x.errors, 0);
  const why = !accounts.length ? t('no_accounts') : !doc ? t('write_first') : found.failed ? found.failed : errors ? t('has_errors') : '';
  const add = () => deed.run(async () => {
    await post('/templates', { waba, file: doc });
    return t('added', all.map((x) => x.name ?? '').join(', '));
  });
  return (
    <>
      <div class="fields">
        <label>{t('account')}
          <select name="waba" value={waba} onChange={(e) => setWaba(e.currentTarget.value)}>
            {accounts.map((a) => <option value={a.waba}>{a.name} ({a.waba})</option>)}
          </select>
        </label>
        <label>{t('from_file')}<input type="file" name="file" accept=".json,application/json" onChange={(e) => void e.currentTarget.files?.[0]?.text().then(setText)} /></label>
        <button type="button" onClick={() => setText(JSON.stringify(example, null, 2))}>{t('example')}</button>
      </div>
      <div class="two">
        <label>{t('definition')}
          <textarea name="definition" rows={20} spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} />
        </label>
        <div>
          {all.map((x) => <Preview name={x.name ?? '–'} components={x.components} />)}
          {wrong && <p role="status"><Foreign>{t('no_json', wrong)}</Foreign></p>}
          <div aria-live="polite">
            {found.failed && <p class="note"><Foreign>{found.failed}</Foreign></p>}
            {found.items.map((x) => <Findings of={x} />)}
          </div>
        </div>
      </div>
      <p class="row"><Deed roles={['author']} name={t('add_now')} {...(why && { why })} run={add} /></p>
      <Said of={deed} />
    </>
  );
}
