// Views that somebody saved: the address of a list with its filters, by a name; and how dense tables are. Kept in this browser,
// as the look is: they are one reader's own habits, and name nobody (addresses hold no phone numbers).
import { useState } from 'preact/hooks';
import { toast } from './toast';
import { words } from './texts';

const t = words({
  views: ['Saved views', 'Viste salvate'],
  name: ['Name of this view', 'Nome di questa vista'],
  save: ['Save this view', 'Salva questa vista'],
  forget: ['Forget {0}', 'Dimentica {0}'],
  saved: ['Saved in this browser: {0}', 'Salvata in questo browser: {0}'],
  none: ['None yet: set the filters, then give them a name.', 'Ancora nessuna: imposta i filtri, poi dai loro un nome.'],
  full: ['There are {0} already: forget one first.', 'Ce ne sono già {0}: prima dimenticane una.'],
  needs_name: ['Needs a name.', 'Serve un nome.'],
  compact: ['Dense tables', 'Tabelle compatte'],
});

const STORED = 'varco-views', DENSE = 'varco-dense', MOST = 30, NAME_MAX = 60;

interface View {
  name: string;
  hash: string; // "#/decisions?verdict=refuse"
}

function isView(x: unknown): x is View {
  const v = x as Partial<View> | null;
  return typeof v?.name === 'string' && typeof v.hash === 'string' && v.hash.startsWith('#/');
}

function read(): View[] {
  try {
    const all: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]');
    return Array.isArray(all) ? all.filter(isView).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

const sectionOf = (hash: string) => /^#\/([\w-]*)/.exec(hash)?.[1] ?? '';

export function Views({ section }: { section: string }) {
  const [all, setAll] = useState(read);
  const [name, setName] = useState('');
  const keep = (to: View[]) => {
    localStorage.setItem(STORED, JSON.stringify(to));
    setAll(to);
  };
  const wanted = name.trim();
  const own = all.filter((v) => sectionOf(v.hash) === section);
  const why = !wanted ? t('needs_name') : all.length >= MOST ? t('full', MOST) : '';
  const save = (e: SubmitEvent) => {
    e.preventDefault();
    if (why) return;
    keep([...all.filter((v) => v.name !== wanted || sectionOf(v.hash) !== section), { name: wanted, hash: location.hash }]);
    setName('');
    toast(t('saved', wanted));
  };
  return (
    <details class="chooser views">
      <summary>{t('views')}</summary>
      {own.length ? (
        <ul class="plain">
          {own.map((v) => (
            <li class="row">
              <a href={v.hash}><bdi>{v.name}</bdi></a>
              <button type="button" class="plain" aria-label={t('forget', v.name)} onClick={() => keep(all.filter((x) => x !== v))}>✕</button>
            </li>
          ))}
        </ul>
      ) : <p>{t('none')}</p>}
      <form class="row" onSubmit={save}>
        <label>{t('name')}<input name="view" maxLength={NAME_MAX} value={name} onInput={(e) => setName(e.currentTarget.value)} /></label>
        <span class="act">
          <button type="submit" aria-disabled={why ? true : undefined} aria-describedby={why ? 'views-why' : undefined}>{t('save')}</button>
          {why && <span id="views-why" class="source">{why}</span>}
        </span>
      </form>
    </details>
  );
}

export function applyDensity(): void {
  document.documentElement.dataset.dense = localStorage.getItem(DENSE) ?? 'no';
}

export function Density() {
  const [dense, setDense] = useState(localStorage.getItem(DENSE) === 'yes');
  const turn = () => {
    localStorage.setItem(DENSE, dense ? 'no' : 'yes');
    setDense(!dense);
    applyDensity();
  };
  return <label class="check"><input type="checkbox" checked={dense} onChange={turn} /> {t('compact')}</label>;
}
