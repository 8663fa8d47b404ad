// `kansatsuki geo`: which data on addresses are loaded, whose they are and how old; or what they say of addresses.
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { visible } from '../event/escape.ts';
import type { Finding, Gazetteer, Source } from '../observatory/geo/gazetteer.ts';
import { openGazetteer } from './atlas.ts';
import { type Setup, setup } from './options.ts';
import { printJson, printLine } from './print.ts';

const DAY = 86_400_000;

export function geo(): Command {
  return new Command('geo')
    .description('say which country and network data are loaded, or look addresses up in them')
    .argument('[address...]', 'addresses to look up; - for standard input')
    .action(async (addresses: string[], _, command: Command) => {
      const found = setup(command);
      const gazetteer = await openGazetteer(found.config, found.dataDirectory);
      for (const trouble of gazetteer.troubles) console.error(`kansatsuki: ${visible(trouble)}`);
      if (gazetteer.troubles.length > 0) process.exitCode = 1;
      if (addresses.length === 0) return about(gazetteer, found);
      for (const address of addresses)
        if (address === '-') await lookUpInput(gazetteer, found);
        else if (!lookUp(address, gazetteer, found)) process.exitCode = 2;
    });
}

function about(gazetteer: Gazetteer, { json, texts, config }: Setup): void {
  const now = Date.now();
  const { sources, scanners } = gazetteer.state;
  if (json)
    return printJson({
      sources: sources.map(({ built, ...source }) => ({
        ...source,
        ...(built === undefined
          ? {}
          : { built: new Date(built).toISOString(), ageDays: Math.floor((now - built) / DAY) }),
      })),
      scanners,
      reverseDns: config.geo.reverse_dns,
      troubles: gazetteer.troubles,
    });
  for (const source of sources) {
    for (const line of describe(source, now, texts)) printLine(line);
    printLine();
  }
  if (sources.length === 0) printLine(texts.geoNothing);
  printLine(texts.geoScanners(scanners.count, scanners.date));
  printLine(texts.geoReverse(config.geo.reverse_dns));
}

function describe(source: Source, now: number, texts: Setup['texts']): string[] {
  const { name, path, built, licence, attribution, notice, gives, records, bytes } = source;
  return [
    `${texts.geoGives(gives)}: ${visible(name)}`,
    `  ${path === undefined ? texts.geoBundled : visible(path)}`,
    `  ${built === undefined ? texts.geoUndated : texts.geoBuilt(new Date(built).toISOString().slice(0, 10), Math.floor((now - built) / DAY))}`,
    `  ${texts.geoRecords(records, bytes)}`,
    ...(licence === undefined ? [] : [`  ${texts.geoLicence(licence)}`]),
    ...attribution.map((line) => `  ${line}`),
    ...(notice === undefined ? [] : [`  ${texts.geoNotice}`]),
  ];
}

async function lookUpInput(gazetteer: Gazetteer, found: Setup): Promise<void> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) for (const word of line.match(/\S+/g) ?? []) lookUp(word, gazetteer, found);
}

/** @returns whether it was an address, were it a masked one */
function lookUp(address: string, gazetteer: Gazetteer, { json, lang, texts }: Setup): boolean {
  const finding = gazetteer.find(address);
  if (json) printJson({ address, ...finding });
  else printLine(`${visible(address)}\t${said(finding, lang, texts)}`);
  return finding.nowhere !== 'no address';
}

function said(finding: Finding, lang: Setup['lang'], texts: Setup['texts']): string {
  if (finding.nowhere) return texts.geoNowhere[finding.nowhere];
  const { country, asn, asName, scanner } = finding;
  const parts = [
    country === undefined ? undefined : `${country} ${countryName(country, lang)}`,
    asn === undefined ? undefined : `AS${asn}${asName === undefined ? '' : ` ${visible(asName)}`}`,
    scanner === undefined ? undefined : texts.geoScanner(scanner),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? texts.geoUnknown : parts.join('\t');
}

function countryName(code: string, lang: Setup['lang']): string {
  return new Intl.DisplayNames([lang], { type: 'region', fallback: 'code' }).of(code) ?? code;
}
