// A new entry of the register, and the one time that its key is shown.
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Ask, Choice, Copied, Field, Several, checked, useDeed, type Given } from '../../deeds';
import { Live, useLive, mayDo } from '../../parts';
import { PURPOSES, t } from './words';

export function KeyOnce({ value }: { value: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), [value]);
  return (
    <div class="note" ref={box} tabIndex={-1} role="group" aria-label={t('the_key')}>
      <p><strong>{t('the_key')}</strong></p>
      <p><code class="key">{value}</code></p>
      <p>{t('key_once')}</p>
      <Copied text={value} label={t('the_key')} />
    </div>
  );
}

function Made({ of }: { of: Schemas['IntegrationKey'] }) {
  return (
    <>
      <p role="status" class="note"><bdi>{t('added', of.name)}</bdi></p>
      {of.key ? <KeyOnce value={of.key} /> : of.id.startsWith('app_') && <p>{t('key_known')}</p>}
      <p><a href={`#/integrations/${of.id}`}>{t('to_entry')}</a></p>
    </>
  );
}

export function Add() {
  const numbers = useLive((signal) => get<Schemas['NumberList']>('/numbers', { limit: 1000 }, signal), 'numbers');
  const deed = useDeed();
  const [keyed, setKeyed] = useState(true);
  const [made, setMade] = useState<Schemas['IntegrationKey']>();
  const run = async (given: Given, form: HTMLFormElement) => {
    const { needs, numbers: _, categories: __, ...rest } = given;
    setMade(await post<Schemas['IntegrationKey']>('/integrations', {
      ...rest,
      ...(needs === 'none' ? { keyless: true } : { numbers: checked(form, 'numbers'), categories: checked(form, 'categories') }),
    }));
    return undefined;
  };
  if (made) return <><h2>{t('add_title')}</h2><Made of={made} /></>;
  return (
    <>
      <h2>{t('add_title')}</h2>
      <Live from={numbers}>{({ items }) => (
        <Ask deed={deed} run={run} button={t('add_do')} may={mayDo('addIntegration')} onChange={(g) => setKeyed(g.needs !== 'none')}>
          <Field name="name" label={t('name')} required max={120} />
          <Field name="owner" label={t('owner')} required />
          <Field name="purpose" label={t('purpose')} required />
          <Field name="data" label={t('data')} />
          <Choice name="needs" label={t('kind_of_entry')} options={[['key', t('keyed')], ['none', t('keyless')]]} />
          {keyed && <Several name="numbers" label={`${t('numbers')} – ${t('for_key')}`} options={items.map((n) => [n.id, n.display])} />}
          {keyed && <Several name="categories" label={`${t('categories')} – ${t('for_key')}`} options={PURPOSES} />}
          <Field name="approved_by" label={t('accepted_by')} />
          <Field name="review_by" type="date" label={t('review_by')} />
          {keyed && <Field name="webhook" type="url" label={t('webhook')} help={t('webhook_help')} />}
          {keyed && <Field name="webhook_secret_file" label={t('secret')} />}
        </Ask>
      )}</Live>
    </>
  );
}
