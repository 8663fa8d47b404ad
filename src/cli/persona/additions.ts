// What a machine has beyond its packages: the entries of `additions.json` beside a persona's persona.json, and of the file it builds on.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { AFTER_BOOT, AFTER_INSTALL, type ImageEntry } from '../../machine/image.ts';

const id = z.number().int().min(0).max(65_535);
const path = z.string().regex(/^\/[^\0]*$/, 'expected an absolute path');
/** `install +20`, `boot +2`: seconds after the machine was installed or started; `image -90`: before the image was made. */
const time = z
  .string()
  .regex(/^(install \+|boot \+|image [+-])\d{1,9}$/, 'expected "install +20", "boot +2" or "image -90"');

const schema = z.strictObject({
  /** Another file of this shape, relative to this one: its entries come first. */
  base: z.string().optional(),
  /** Folders that get a copy of /etc/skel. */
  homes: z.array(z.strictObject({ path, uid: id, gid: id })).default([]),
  entries: z
    .array(
      z.strictObject({
        path,
        type: z.enum(['file', 'directory', 'symlink', 'fifo', 'socket', 'character', 'block']),
        mode: z.string().regex(/^[0-7]{4}$/, 'expected four octal digits'),
        uid: id.default(0),
        gid: id.default(0),
        time,
        /** Of a file: its whole text; `{{…}}` is filled in for each machine (src/machine/template.ts). */
        text: z.string().optional(),
        /** Of a binary: its first bytes in hexadecimal digits; what follows up to its size is filler. */
        head: z
          .string()
          .regex(/^([0-9a-f]{2})+$/, 'expected hexadecimal digits')
          .optional(),
        /** Of a file without text: filled with filler. */
        size: z.number().int().min(0).optional(),
        target: z.string().optional(),
        device: z.tuple([z.number().int(), z.number().int()]).optional(),
      }),
    )
    .default([]),
  /** Symbolic links of the same target in one folder, for instance the applets of BusyBox: names with blanks between. */
  links: z.array(z.strictObject({ directory: path, target: z.string(), names: z.string(), time })).default([]),
});

export interface Additions {
  entries: ImageEntry[];
  homes: { path: string; uid: number; gid: number }[];
}

/**
 * Reads `additions.json` and what it builds on.
 * @param built seconds since the epoch at which the image was made
 * @throws Error with one sentence that names the file
 */
export function readAdditions(file: string, built: number): Additions {
  let parsed: z.infer<typeof schema>;
  try {
    parsed = schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new Error(`Cannot use ${file}: ${why}`);
  }
  const below = parsed.base === undefined ? undefined : readAdditions(join(dirname(file), parsed.base), built);
  const moment = (text: string) => {
    const [from, offset] = text.split(' ') as [string, string];
    return { install: AFTER_INSTALL, boot: AFTER_BOOT, image: built }[from]! + Number(offset);
  };
  const entries = parsed.entries.map(({ mode, time, text, head, size, target, device, ...rest }): ImageEntry => {
    const filled = text?.replaceAll('{{imageDay}}', String(Math.floor(built / 86_400)));
    const content = head === undefined ? Buffer.from(filled ?? '', 'utf8') : Buffer.from(head, 'hex');
    return {
      ...rest,
      mode: Number.parseInt(mode, 8),
      mtime: moment(time),
      ...(rest.type === 'file' ? { content, size: size ?? content.length } : {}),
      ...(filled === undefined ? {} : { text: true, template: filled.includes('{{') }),
      ...(target === undefined ? {} : { target }),
      ...(device === undefined ? {} : { rdev: device }),
    };
  });
  const links = parsed.links.flatMap(({ directory, target, names, time }) =>
    names.split(' ').map(
      (name): ImageEntry => ({
        path: `${directory === '/' ? '' : directory}/${name}`,
        type: 'symlink',
        mode: 0o777,
        uid: 0,
        gid: 0,
        mtime: moment(time),
        target,
      }),
    ),
  );
  return {
    entries: [...(below?.entries ?? []), ...entries, ...links],
    homes: [...(below?.homes ?? []), ...parsed.homes],
  };
}
