// Settings: the policy and how it changes, the keys of apps, webhooks to apps, and copies of the store.
import type { Place } from '../place';
import { Backup } from './settings/backup';
import { Exceptions } from './settings/exceptions';
import { Keys } from './settings/keys';
import { Policy } from './settings/policy';
import { Proposal } from './settings/proposal';
import { s } from './settings/texts';
import { Versions } from './settings/versions';
import { Webhooks } from './settings/webhooks';

const parts = ['policy', 'exceptions', 'versions', 'keys', 'webhooks', 'backup'] as const;

export function Settings(at: Place) {
  const part = parts.find((p) => p === at.id) ?? 'policy';
  return (
    <>
      <nav class="parts" aria-label={s('settings')}>
        {parts.map((p) => <a href={`#/settings/${p}`} aria-current={p === part ? 'page' : undefined}>{s(p)}</a>)}
      </nav>
      <Part part={part} thing={at.rest[0] ?? ''} at={at} />
    </>
  );
}

function Part({ part, thing, at }: { part: (typeof parts)[number]; thing: string; at: Place }) {
  switch (part) {
    case 'policy': return thing ? <Proposal id={thing} key={thing} /> : <Policy only={at.query.get('rule') ?? ''} />;
    case 'exceptions': return <Exceptions />;
    case 'versions': return <Versions number={thing} />;
    case 'keys': return <Keys />;
    case 'webhooks': return <Webhooks app={at.query.get('app') ?? ''} id={thing} />;
    case 'backup': return <Backup />;
  }
}
