// cksum and sum (GNU coreutils): the old checksums, and digests by name.
import type { Bytes } from '../machine/machine.ts';
import { digestProgram } from './digest.ts';
import { forEachInput } from './input.ts';
import { calledAs, gnu } from './program.ts';

export const names = ['cksum', 'sum'];

const TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let crc = i << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});
const DIGESTS: Record<string, [string, string, number]> = {
  md5: ['md5', 'MD5', 32],
  sha1: ['sha1', 'SHA1', 40],
  sha224: ['sha224', 'SHA224', 56],
  sha256: ['sha256', 'SHA256', 64],
  sha384: ['sha384', 'SHA384', 96],
  sha512: ['sha512', 'SHA512', 128],
  blake2b: ['blake2b512', 'BLAKE2b', 128],
  sm3: ['sm3', 'SM3', 64],
};

export const main = gnu({
  short: 'a:rs',
  words: {
    a: {
      name: '--algorithm',
      groups: ['bsd', 'sysv', 'crc', 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'blake2b', 'sm3'],
    },
  },
  long: { 'algorithm=': 'a', sysv: 's', tag: 'tag', untagged: 'untagged', check: 'check' },
  usage: '[OPTION]... [FILE]...',
  gaps: ['check'],
  async run(run) {
    const algorithm = run.value('a');
    if (algorithm !== undefined && DIGESTS[algorithm]) {
      run.process.argv = [run.name, ...(run.has('untagged') ? [] : ['--tag']), ...run.operands];
      await run.flush();
      return digestProgram(...DIGESTS[algorithm])(run.process);
    }
    const sum = calledAs(run.process) === 'sum' || algorithm === 'bsd' || algorithm === 'sysv';
    const sysv = run.has('s') || algorithm === 'sysv';
    await forEachInput(run, run.operands, async (input, name) => {
      let crc = 0;
      let total = 0;
      let length = 0;
      for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
        length += chunk.length;
        for (let i = 0; i < chunk.length; i++) {
          const byte = chunk.charCodeAt(i);
          if (sysv) total = (total + byte) >>> 0;
          else if (sum) total = ((total >> 1) + ((total & 1) << 15) + byte) & 0xffff;
          else crc = (crc << 8) ^ TABLE[((crc >>> 24) ^ byte) & 255]!;
        }
        const turn = run.process.step(chunk.length >> 7);
        if (turn) await turn;
      }
      const shown = name === '-' && run.operands.length === 0 ? '' : ` ${name}`;
      if (sysv) {
        const r = (total & 0xffff) + (total >>> 16);
        run.put(`${(r & 0xffff) + (r >>> 16)} ${Math.ceil(length / 512)}${shown}\n`);
      } else if (sum)
        run.put(`${String(total).padStart(5, '0')} ${String(Math.ceil(length / 1024)).padStart(5)}${shown}\n`);
      else {
        for (let left = length; left > 0; left = Math.floor(left / 256))
          crc = (crc << 8) ^ TABLE[((crc >>> 24) ^ (left & 255)) & 255]!;
        run.put(`${~crc >>> 0} ${length}${shown}\n`);
      }
    });
    return undefined;
  },
});
