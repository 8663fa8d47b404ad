// What each kind of link shows: routes by name, everything that is not listed is refused.
import type { SessionDetail, Store } from '../observatory/store.ts';
import type { Share, Shown } from './passes.ts';
import { Refusal } from './route.ts';

type Values = Record<string, unknown>;
type Rule = (shown: never, params: Values, query: Values, store: Store) => boolean;

const always: Rule = () => true;
/** The names of our sensors are no list. */
const notSensors: Rule = (_, params) => !Object.values(params).includes('sensor');

function sessionFits({ sensor, session }: { sensor: string; session: string }, id: unknown, store: Store): boolean {
  const found = store.session(Number(id));
  return found?.sensor === sensor && found.session === session;
}

/** A recording, in every form that is masked. */
const recording = (rule: Rule): Record<string, Rule> => ({
  '/recordings/{name}': rule,
  '/recordings/{name}/text': rule,
  '/recordings/{name}/html': rule,
});

const RULES: Record<Shown['kind'], Record<string, Rule>> = {
  session: {
    '/me': always,
    '/geo': always,
    '/sessions/{id}': (shown: Shown & { kind: 'session' }, { id }, _, store) => sessionFits(shown, id, store),
    ...recording(({ sensor, session }: Shown & { kind: 'session' }, { name }, query, store) => {
      const found = store.findSession(session, sensor);
      return (
        found?.recordings.includes(String(name)) === true && [undefined, found.id].includes(query['session'] as number)
      );
    }),
  },
  diary: {
    '/me': always,
    '/geo': always,
    '/diary/{date}': (shown: Shown & { kind: 'diary' }, { date }) => date === shown.date,
  },
  replay: {
    '/me': always,
    '/geo': always,
    ...recording(
      (shown: Shown & { kind: 'replay' }, { name }, { session }, store) =>
        name === shown.name && (session === undefined || sessionFits(shown, session, store)),
    ),
  },
  dashboard: {
    '/me': always,
    '/geo': always,
    '/totals': always,
    '/timeline': always,
    '/top/{dimension}': notSensors,
    '/first-seen/{dimension}': notSensors,
    '/change/{dimension}': notSensors,
    '/crossings/{a}/{b}': notSensors,
    '/facets': always,
    '/survey': always,
    '/folds': always,
    '/survey/folds': always,
    '/attackers/{kind}': always,
    '/campaigns': always,
    '/campaigns/{key}': always,
    '/wordlists': always,
    '/rare/{dimension}': always,
    '/heat-map': always,
    '/pulse': always,
    '/matrix': always,
    '/sessions': always,
    '/sessions/{id}': always,
    ...recording(always),
    '/samples': always,
    '/downloads': always,
    '/feed': always,
    '/live': always,
    '/diary': always,
    '/diary/{date}': always,
  },
};

/**
 * What a viewer may ask with. Not listed are those that would tell, by yes or no, what the masking hides: an address, a sensor, a part of a
 * text.
 */
const QUERIES = new Set(
  (
    'from to limit cursor format country asn username password client hassh hash url protocol outcome behaviour weekday hour zone eventid ' +
    'loggedIn withCommands names bucket clock what usernames passwords order lang session idle after most mask'
  ).split(' '),
);

/**
 * @param path of the route, with its `{names}`
 * @param masked hides what a share hides in a text
 * @throws Refusal 403
 */
export function permit(
  { shown }: Share,
  path: string,
  params: Values,
  query: Values,
  store: Store,
  masked: (text: string) => string,
): void {
  const rule = RULES[shown.kind][path];
  if (!rule?.(shown as never, params, query, store)) throw new Refusal(403, 'This link does not show that.');
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    // A value that the masking would change would tell whether it is there.
    if (!QUERIES.has(name) || (typeof value === 'string' && masked(value) !== value))
      throw new Refusal(403, `query ${name}: a shared link does not answer that.`);
  }
}

/** The page that a link opens. @returns undefined when what it shows is gone */
export function pageOf(shown: Shown, store: Store): string | undefined {
  const session = (): SessionDetail | undefined =>
    'session' in shown ? store.findSession(shown.session, shown.sensor) : undefined;
  switch (shown.kind) {
    case 'dashboard':
      return '/';
    case 'diary':
      return `/diary/${shown.date}`;
    case 'session': {
      const found = session();
      return found && `/sessions/${found.id}`;
    }
    case 'replay': {
      const found = session();
      return found && `/replay/${shown.name}?session=${found.id}`;
    }
  }
}
