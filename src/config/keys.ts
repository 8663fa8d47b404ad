// Every key of the configuration as a row of a table, read off the schema: what it is for, its default, what it may hold.
import { z } from 'zod';
import { configSchema } from './config.ts';

/** What a value must be, in a form that can be said in any language. */
export type Expected =
  | { type: 'whole'; least: number; most: number }
  | { type: 'address' }
  | { type: 'listeners' }
  | { type: 'personas' }
  | { type: 'networks' }
  | { type: 'folders' }
  | { type: 'files' }
  | { type: 'host names' }
  | { type: 'yes or no' }
  | { type: 'age' }
  | { type: 'size' }
  | { type: 'share' }
  | { type: 'startups' }
  | { type: 'source block' }
  | { type: 'one of'; values: string[] }
  | { type: 'text'; most?: number }
  | { type: 'password hash' }
  | { type: 'section' };

export interface Key {
  section: string;
  name: string;
  /** `section.name`. */
  path: string;
  description: string;
  default: string | number | boolean | string[];
  expected: Expected;
  /** Never shown. */
  secret: boolean;
}

interface Node {
  type?: string;
  default?: unknown;
  description?: string;
  secret?: boolean;
  measure?: 'age' | 'size' | 'share';
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  pattern?: string;
  enum?: string[];
  const?: string;
  anyOf?: Node[];
  properties?: Record<string, Node>;
}

/** What the schema's JSON form does not tell. */
const SPECIAL: Readonly<Record<string, Expected>> = {
  'limits.max_startups': { type: 'startups' },
  'limits.source_block': { type: 'source block' },
  'sensor.persona': { type: 'personas' },
  'observe.follow': { type: 'folders' },
  'geo.files': { type: 'files' },
  'web.hosts': { type: 'host names' },
};

const root = z.toJSONSchema(configSchema, { io: 'input' }) as Node;

export const sections: string[] = Object.keys(root.properties!);

export const keys: Key[] = Object.entries(root.properties!).flatMap(([section, node]) =>
  Object.entries(node.properties!).map(([name, key]) => ({
    section,
    name,
    path: `${section}.${name}`,
    description: key.description ?? '',
    default: key.default as Key['default'],
    expected: SPECIAL[`${section}.${name}`] ?? expectedOf(key),
    secret: key.secret === true,
  })),
);

export const keyAt = (path: string): Key | undefined => keys.find((key) => key.path === path);

function expectedOf(node: Node): Expected {
  if (node.type === 'integer') return { type: 'whole', least: node.minimum!, most: node.maximum! };
  if (node.secret) return { type: 'password hash' };
  if (node.measure) return { type: node.measure };
  if (node.type === 'boolean') return { type: 'yes or no' };
  if (node.type === 'array') return { type: 'networks' };
  if (node.anyOf) return { type: 'listeners' };
  if (node.enum) return { type: 'one of', values: node.enum };
  if (node.const) return { type: 'one of', values: [node.const] };
  if (node.pattern) return { type: 'address' };
  return { type: 'text', most: node.maxLength };
}
