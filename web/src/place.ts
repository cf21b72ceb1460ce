// Where somebody is: "#/decisions/dec_1?state=held". All that a page shows is in its address, so that it can be shared.
export interface Place {
  section: string;
  id: string;
  rest: string[]; // "#/campaigns/cmp_1/preflight": ["preflight"]
  query: URLSearchParams;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function place(): Place {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [section = '', id = '', ...rest] = path.split('/').map(decoded);
  return { section: section || 'health', id, rest, query: new URLSearchParams(query) };
}

// The address of a section, or of one thing in it.
export function to(section: string, id = '', values: Record<string, string | number> = {}): string {
  const query = new URLSearchParams(Object.entries(values).map(([k, v]) => [k, String(v)])).toString();
  return `#/${section}${id && `/${encodeURIComponent(id)}`}${query && `?${query}`}`;
}
