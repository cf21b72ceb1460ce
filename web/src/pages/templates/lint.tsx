// What the lint finds in the text of a template: where, what, and what would do.
import { useEffect, useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Foreign } from '../../parts';
import { t } from './words';

export type Linted = Schemas['Linted'];

const names: Record<string, string> = { error: t('level_error'), warning: t('level_warning'), note: t('level_note') };

export function Findings({ of }: { of: Linted }) {
  return (
    <section class="findings">
      <h3><Foreign>{of.name ?? '–'}</Foreign> <small>{t('found', of.errors, of.warnings, of.notes)}</small></h3>
      {!of.problems.length && <p>{t('nothing_found')}</p>}
      <ul class="plain">
        {of.problems.map((p) => (
          <li class="card">
            <p><span class={`word ${p.level === 'error' ? 'bad' : 'plain'}`}>{names[p.level] ?? p.level}</span> <Foreign>{p.message}</Foreign></p>
            <dl>
              <div><dt>{t('place')}</dt><dd><code><Foreign>{p.field}</Foreign></code></dd></div>
              <div><dt>{t('suggestion')}</dt><dd><Foreign>{p.suggestion}</Foreign></dd></div>
              <div><dt>{t('rule')}</dt><dd><code>{p.rule}</code></dd></div>
            </dl>
            {p.words && <p><Foreign>{t('words_that', p.words)}</Foreign></p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

// That the account has a template of that name and language is no finding about that very template.
function onRecord(of: Linted): Linted {
  const problems = of.problems.filter((p) => p.rule !== 'template.same');
  const count = (level: string) => problems.filter((p) => p.level === level).length;
  return { ...of, problems, errors: count('error'), warnings: count('warning'), notes: count('note') };
}

interface Found {
  items: Linted[];
  failed: string;
}

// The lint of templates that are on record, each as its account has it.
export function useLint(waba: string, of: readonly { name: string; language: string }[]): Found {
  const [found, setFound] = useState<Found>({ items: [], failed: '' });
  const key = of.map((x) => `${x.name}/${x.language}`).join(' ');
  useEffect(() => {
    let gone = false;
    const look = async () => {
      const definitions = await Promise.all(of.map((x) => get<Schemas['Template']>(`/templates/${[waba, x.name, x.language].map(encodeURIComponent).join('/')}`)));
      const file = definitions.map(({ name, language, category, parameter_format, components }) =>
        ({ name, language, category, ...(parameter_format && { parameter_format }), components }));
      return (await post<Schemas['Lint']>('/templates/lint', { waba, file })).items.map(onRecord);
    };
    look().then((items) => { if (!gone) setFound({ items, failed: '' }); },
      (e: unknown) => { if (!gone) setFound({ items: [], failed: (e as Error).message }); });
    return () => { gone = true; };
  }, [waba, key]);
  return found;
}
