// dmidecode (3.4): what the firmware says of the computer, from the same facts as /sys/class/dmi.
import { createHash } from 'node:crypto';
import type { Process } from '../machine/machine.ts';
import { tryTo } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';

export const names = ['dmidecode'];

const KEYWORDS = [
  'bios-vendor',
  'bios-version',
  'bios-release-date',
  'bios-revision',
  'firmware-revision',
  'system-manufacturer',
  'system-product-name',
  'system-version',
  'system-serial-number',
  'system-uuid',
  'system-sku-number',
  'system-family',
  'baseboard-manufacturer',
  'baseboard-product-name',
  'baseboard-version',
  'baseboard-serial-number',
  'baseboard-asset-tag',
  'chassis-manufacturer',
  'chassis-type',
  'chassis-version',
  'chassis-serial-number',
  'chassis-asset-tag',
  'processor-family',
  'processor-manufacturer',
  'processor-version',
  'processor-frequency',
];
const TYPES: Record<string, number[]> = {
  bios: [0, 13],
  system: [1, 12, 15, 23, 32],
  baseboard: [2, 10, 41],
  chassis: [3],
  processor: [4],
  memory: [5, 6, 16, 17],
  cache: [7],
  connector: [8],
  slot: [9],
};

export async function main(process: Process): Promise<number> {
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(process.argv.slice(1), 'd:hqs:t:uH:V', {
      'dev-mem=': 'd',
      help: 'h',
      quiet: 'q',
      'string=': 's',
      'type=': 't',
      'handle=': 'H',
      dump: 'u',
      'dump-bin=': 'dump-bin',
      'from-dump=': 'from-dump',
      'no-sysfs': 'no-sysfs',
      'oem-string=': 'oem',
      version: 'V',
    });
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`dmidecode: ${error.message}\n`);
    return 2;
  }
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  const quiet = parsed.options.some(([k]) => k === 'q');
  const wanted = value('s');
  if (wanted !== undefined && !KEYWORDS.includes(wanted)) {
    await process.err(
      `Invalid string keyword: ${wanted}\nValid string keywords are:\n${KEYWORDS.map((k) => `  ${k}\n`).join('')}`,
    );
    return 2;
  }
  const types = value('t')
    ?.split(',')
    .flatMap((type) => (/^\d+$/.test(type) ? [Number(type)] : (TYPES[type.toLowerCase()] ?? [])));
  if (types?.length === 0) {
    await process.err(
      `Invalid type keyword: ${value('t')}\nValid type keywords are:\n${Object.keys(TYPES)
        .map((k) => `  ${k}\n`)
        .join('')}`,
    );
    return 2;
  }
  if (process.credentials.euid !== 0) {
    if (wanted === undefined && !quiet) await process.out('# dmidecode 3.4\n');
    await process.err('/sys/firmware/dmi/tables/smbios_entry_point: Permission denied\n/dev/mem: Permission denied\n');
    return 1;
  }
  const strings = stringsOf(process);
  if (wanted !== undefined) {
    await process.out(`${strings[wanted] ?? 'Not Specified'}\n`);
    return 0;
  }
  const tables = tablesOf(process, strings);
  const shown = tables.filter(({ type }) => !types || types.includes(type));
  if (!quiet) {
    await process.out('# dmidecode 3.4\nGetting SMBIOS data from sysfs.\nSMBIOS 2.7 present.\n');
    if (!types)
      await process.out(
        `${tables.length} structures occupying ${tables.reduce((sum, t) => sum + t.size, 0)} bytes.\nTable at 0x000F8F50.\n`,
      );
    await process.out('\n');
  }
  for (const { handle, type, size, text } of shown) {
    if (!quiet)
      await process.out(
        `Handle 0x${handle.toString(16).toUpperCase().padStart(4, '0')}, DMI type ${type}, ${size} bytes\n`,
      );
    await process.out(`${text}\n`);
  }
  return 0;
}

/** The keywords of -s. */
function stringsOf(process: Process): Record<string, string> {
  const read = (name: string) => (tryTo(() => process.readFile(`/sys/class/dmi/id/${name}`)) ?? '').trim();
  const or = (text: string) => text || 'Not Specified';
  const { identity } = process.machine;
  const uuid = read('product_uuid');
  const serial = uuid || createHash('sha256').update(identity.machineId).digest('hex').slice(0, 32);
  return {
    'bios-vendor': or(read('bios_vendor')),
    'bios-version': or(read('bios_version')),
    'bios-release-date': or(read('bios_date')),
    'bios-revision': '1.0',
    'system-manufacturer': or(read('sys_vendor')),
    'system-product-name': or(read('product_name')),
    'system-version': or(read('product_version')),
    'system-serial-number': serial,
    'system-uuid': uuid,
    'baseboard-manufacturer': or(read('board_vendor')),
    'baseboard-product-name': or(read('board_name')),
    'baseboard-asset-tag': or(read('board_asset_tag')),
    'chassis-manufacturer': or(read('chassis_vendor')),
    'chassis-type': 'Other',
    'chassis-asset-tag': or(read('chassis_asset_tag')),
    'processor-family': 'Xeon',
    'processor-manufacturer': /AMD/.test(identity.cpuModel) ? 'Advanced Micro Devices, Inc.' : 'Intel(R) Corporation',
    'processor-version': identity.cpuModel,
    'processor-frequency': `${Math.round(identity.cpuMHz / 100) * 100} MHz`,
  };
}

interface Table {
  handle: number;
  type: number;
  size: number;
  text: string;
}

function tablesOf(process: Process, s: Record<string, string>): Table[] {
  const { identity } = process.machine;
  const rows = (title: string, pairs: readonly [string, string | undefined][], more = '') =>
    `${title}\n${pairs.map(([k, v]) => `\t${k}: ${v ?? 'Not Specified'}\n`).join('')}${more}`;
  const facts = process.machine.persona.facts;
  const size = facts.sizes.find((one) => one.memory >= identity.memory) ?? facts.sizes.at(-1);
  const memory = size ? size.memory : identity.memory;
  const shownMemory = memory % (1 << 30) === 0 ? `${memory / (1 << 30)} GB` : `${Math.round(memory / (1 << 20))} MB`;
  const model = process.machine.persona.facts.cpus.find(({ model: name }) => name === identity.cpuModel);
  return [
    {
      handle: 0,
      type: 0,
      size: 24,
      text: rows(
        'BIOS Information',
        [
          ['Vendor', s['bios-vendor']],
          ['Version', s['bios-version']],
          ['Release Date', s['bios-release-date']],
          ['Address', '0xF0000'],
          ['Runtime Size', '64 kB'],
          ['ROM Size', '64 kB'],
        ],
        '\tCharacteristics:\n\t\tPCI is supported\n\t\tEDD is supported\n\t\tACPI is supported\n\t\tSystem is a virtual machine\n\tBIOS Revision: 1.0\n',
      ),
    },
    {
      handle: 1,
      type: 1,
      size: 27,
      text: rows('System Information', [
        ['Manufacturer', s['system-manufacturer']],
        ['Product Name', s['system-product-name']],
        ['Version', 'Not Specified'],
        ['Serial Number', s['system-serial-number']],
        ['UUID', s['system-uuid']],
        ['Wake-up Type', 'Power Switch'],
        ['SKU Number', 'Not Specified'],
        ['Family', 'Not Specified'],
      ]),
    },
    {
      handle: 2,
      type: 2,
      size: 15,
      text: rows(
        'Base Board Information',
        [
          ['Manufacturer', s['baseboard-manufacturer']],
          ['Product Name', 'Not Specified'],
          ['Version', 'Not Specified'],
          ['Serial Number', 'Not Specified'],
          ['Asset Tag', s['baseboard-asset-tag']],
        ],
        '\tFeatures: None\n\tLocation In Chassis: Not Specified\n\tChassis Handle: 0x0003\n\tType: Other\n\tContained Object Handles: 0\n',
      ),
    },
    {
      handle: 3,
      type: 3,
      size: 22,
      text: rows('Chassis Information', [
        ['Manufacturer', s['chassis-manufacturer']],
        ['Type', 'Other'],
        ['Lock', 'Not Present'],
        ['Version', 'Not Specified'],
        ['Serial Number', s['chassis-manufacturer']],
        ['Asset Tag', s['chassis-asset-tag']],
        ['Boot-up State', 'Safe'],
        ['Power Supply State', 'Safe'],
        ['Thermal State', 'Safe'],
        ['Security Status', 'None'],
        ['OEM Information', '0x00000000'],
        ['Height', 'Unspecified'],
        ['Number Of Power Cords', 'Unspecified'],
        ['Contained Elements', '0'],
        ['SKU Number', 'To be filled by O.E.M.'],
      ]),
    },
    {
      handle: 4,
      type: 4,
      size: 48,
      text: rows(
        'Processor Information',
        [
          ['Socket Designation', 'CPU 0'],
          ['Type', 'Central Processor'],
          ['Family', 'Xeon'],
          ['Manufacturer', s['processor-manufacturer']],
          [
            'Signature',
            `Type 0, Family ${model?.family ?? 6}, Model ${model?.modelNumber ?? 85}, Stepping ${model?.stepping ?? 7}`,
          ],
          ['Version', identity.cpuModel],
          ['Voltage', '1.6 V'],
          ['External Clock', '100 MHz'],
          ['Max Speed', '3500 MHz'],
          ['Current Speed', s['processor-frequency']],
          ['Status', 'Populated, Enabled'],
          ['Upgrade', 'Socket LGA3647-1'],
          ['Serial Number', 'Not Specified'],
          ['Asset Tag', 'Not Specified'],
          ['Part Number', 'Not Specified'],
          ['Core Count', String(Math.max(1, identity.cpuCount / 2))],
          ['Core Enabled', String(Math.max(1, identity.cpuCount / 2))],
          ['Thread Count', String(identity.cpuCount)],
        ],
        '\tCharacteristics:\n\t\t64-bit capable\n\t\tMulti-Core\n\t\tHardware Thread\n\t\tExecute Protection\n',
      ),
    },
    {
      handle: 16,
      type: 16,
      size: 23,
      text: rows('Physical Memory Array', [
        ['Location', 'System Board Or Motherboard'],
        ['Use', 'System Memory'],
        ['Error Correction Type', 'Unknown'],
        ['Maximum Capacity', shownMemory],
        ['Error Information Handle', 'Not Provided'],
        ['Number Of Devices', '1'],
      ]),
    },
    {
      handle: 17,
      type: 17,
      size: 34,
      text: rows('Memory Device', [
        ['Array Handle', '0x0010'],
        ['Error Information Handle', 'Not Provided'],
        ['Total Width', '72 bits'],
        ['Data Width', '64 bits'],
        ['Size', shownMemory],
        ['Form Factor', 'DIMM'],
        ['Set', 'None'],
        ['Locator', 'Not Specified'],
        ['Bank Locator', 'Not Specified'],
        ['Type', 'DDR4'],
        ['Type Detail', 'Static Column Pseudo-static Synchronous Window DRAM'],
        ['Speed', '2933 MT/s'],
        ['Manufacturer', 'Not Specified'],
        ['Serial Number', 'Not Specified'],
        ['Asset Tag', 'Not Specified'],
        ['Part Number', 'Not Specified'],
        ['Rank', 'Unknown'],
        ['Configured Memory Speed', 'Unknown'],
      ]),
    },
    { handle: 127, type: 127, size: 4, text: 'End Of Table\n' },
  ];
}
