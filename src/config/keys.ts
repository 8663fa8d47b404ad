// Every key of the configuration as a row of a table, read off the schema: what it is for, its default, what it may hold.
import { z } from 'zod';
import { configSchema } from './config.ts';

/** What a value must be, in a form that can be said in any language. */
export type Expected =
  | { type: 'whole'; least: number; most: number }
  | { type: 'address'; list: boolean }
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
  default: string | number;
  expected: Expected;
  /** Never shown. */
  secret: boolean;
}

interface Node {
  type?: string;
  default?: unknown;
  description?: string;
  secret?: boolean;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  pattern?: string;
  enum?: string[];
  const?: string;
  anyOf?: Node[];
  properties?: Record<string, Node>;
}

const root = z.toJSONSchema(configSchema, { io: 'input' }) as Node;

export const sections: string[] = Object.keys(root.properties!);

export const keys: Key[] = Object.entries(root.properties!).flatMap(([section, node]) =>
  Object.entries(node.properties!).map(([name, key]) => ({
    section,
    name,
    path: `${section}.${name}`,
    description: key.description ?? '',
    default: key.default as string | number,
    expected: expectedOf(key),
    secret: key.secret === true,
  })),
);

export const keyAt = (path: string): Key | undefined => keys.find((key) => key.path === path);

function expectedOf(node: Node): Expected {
  if (node.type === 'integer') return { type: 'whole', least: node.minimum!, most: node.maximum! };
  if (node.secret) return { type: 'password hash' };
  if (node.anyOf) return { type: 'address', list: true };
  if (node.enum) return { type: 'one of', values: node.enum };
  if (node.const) return { type: 'one of', values: [node.const] };
  if (node.pattern) return { type: 'address', list: false };
  return { type: 'text', most: node.maxLength };
}
