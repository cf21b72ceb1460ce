// A new campaign, or a draft that is edited. Nothing is sent.
import { get, type Schemas } from '../../api';
import { Foreign, Live } from '../../parts';
import { Form, type Known } from './form';
import { State, useAsked, whyNoEdit, type Campaign } from './shared';
import { t } from './words';

async function look(signal: AbortSignal): Promise<Known> {
  const [numbers, templates, campaigns] = await Promise.all([
    get<Schemas['NumberList']>('/numbers', { limit: 1000 }, signal),
    get<Schemas['TemplateList']>('/templates', { status: 'APPROVED', limit: 1000 }, signal),
    get<Schemas['CampaignList']>('/campaigns', { limit: 50 }, signal),
  ]);
  return { numbers: numbers.items, campaigns: campaigns.items, templates: templates.items.filter((x) => x.category !== 'AUTHENTICATION') };
}

export function New() {
  const known = useAsked(look, 'new');
  return (
    <>
      <p><a href="#/campaigns">{t('back')}</a></p>
      <h2>{t('new')}</h2>
      <p>{t('nothing_sent')}</p>
      <Live from={known}>{(k) => <Form known={k} />}</Live>
    </>
  );
}

// As it was read once: what somebody is writing is not replaced by what somebody else wrote.
export function Edit({ id }: { id: string }) {
  const read = useAsked(async (signal) => {
    const [known, of] = await Promise.all([look(signal), get<Campaign>(`/campaigns/${encodeURIComponent(id)}`, {}, signal)]);
    return { known, of };
  }, `edit ${id}`);
  return (
    <>
      <p><a href={`#/campaigns/${encodeURIComponent(id)}`}>{t('back_to')}</a></p>
      <Live from={read}>{({ known, of }) => (
        <>
          <h2><Foreign>{t('edit_title', of.name)}</Foreign> <State of={of.state} /></h2>
          {of.state === 'draft' ? <Form known={known} of={of} again={read.again} key={of.revision} /> : <p class="note">{whyNoEdit(of)}</p>}
        </>
      )}</Live>
    </>
  );
}
