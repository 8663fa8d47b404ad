// The syntax tree of a Perl program (the subset of Perl 5.36 that is emulated).

/** A part of a double-quoted string or pattern. */
export type Part = string | { scalar: Node } | { list: Node };

export type Node = { line: number } & (
  | { type: 'number'; value: number }
  | { type: 'string'; value: string }
  | { type: 'interpolated'; parts: Part[] }
  | { type: 'scalar' | 'array' | 'hash' | 'code' | 'typeglob'; name: string }
  | { type: 'my'; kind: 'my' | 'our' | 'local' | 'state'; targets: Node[]; list: boolean }
  | { type: 'element'; array: Node; index: Node }
  | { type: 'entry'; hash: Node; key: Node }
  /** `@a[…]`, `@h{…}`, `%h{…}`, `(list)[…]`. */
  | { type: 'slice'; of: 'array' | 'hash' | 'list'; base: Node; keys: Node; pairs?: boolean }
  | { type: 'last'; array: Node }
  /** `$$r`, `@{…}`, `%$r`, `&$f`, `*{…}`. */
  | { type: 'deref'; sigil: '$' | '@' | '%' | '&' | '*'; value: Node }
  | { type: 'list'; items: Node[] }
  | { type: 'anonArray' | 'anonHash'; items: Node[] }
  | { type: 'anonSub'; body: Node; name?: string }
  | { type: 'reference'; value: Node }
  | { type: 'unary'; operator: string; value: Node }
  | { type: 'increment'; operator: '++' | '--'; prefix: boolean; value: Node }
  | { type: 'binary'; operator: string; left: Node; right: Node }
  | { type: 'logic'; operator: '&&' | '||' | '//'; left: Node; right: Node }
  | { type: 'ternary'; test: Node; yes: Node; no: Node }
  | { type: 'range'; left: Node; right: Node }
  | { type: 'assign'; operator: string; left: Node; right: Node }
  | { type: 'match'; target?: Node | undefined; pattern: Part[]; flags: string; negative: boolean }
  | {
      type: 'substitute';
      target?: Node | undefined;
      pattern: Part[];
      by: Part[] | Node;
      flags: string;
      negative: boolean;
    }
  | { type: 'translate'; target?: Node | undefined; from: string; to: string; flags: string }
  | { type: 'pattern'; pattern: Part[]; flags: string }
  | { type: 'readline'; handle: Node | string }
  | { type: 'fileglob'; pattern: Part[] }
  | { type: 'backtick'; parts: Part[] }
  | { type: 'call'; name: string; args: Node[]; ampersand: boolean; bare?: boolean }
  | { type: 'invoke'; callee: Node; args: Node[] }
  | { type: 'method'; object: Node; name: string | Node; args: Node[]; className?: boolean }
  | { type: 'builtin'; name: string; args: Node[]; handle?: Node | string | undefined; block?: Node | undefined }
  | { type: 'test'; letter: string; value: Node }
  | { type: 'block'; body: Node[]; begin?: boolean }
  | { type: 'do' | 'eval'; body: Node }
  | { type: 'if'; branches: { test: Node; body: Node }[]; otherwise?: Node | undefined }
  | {
      type: 'while';
      label?: string | undefined;
      test?: Node | undefined;
      until: boolean;
      body: Node;
      step?: Node | undefined;
      init?: Node | undefined;
      post?: boolean;
      next?: Node | undefined;
    }
  | { type: 'foreach'; label?: string | undefined; variable?: Node | undefined; list: Node; body: Node }
  | { type: 'sub'; name: string; body: Node }
  | { type: 'package'; name: string; body?: Node | undefined }
  | { type: 'use'; module: string; args: Node[]; no: boolean; require?: boolean }
  | { type: 'leave'; kind: 'next' | 'last' | 'redo'; label?: string | undefined }
  | { type: 'return'; value?: Node | undefined }
  | { type: 'wantarray' | 'nothing' }
  | { type: 'filehandle'; name: string }
);
export type NodeOf<T extends Node['type']> = Extract<Node, { type: T }>;

/** Source that is no Perl, in perl's own words without the place. */
export class PerlSyntaxError extends Error {}
