// ethtool (6.1): an interface's card and link.
import type { Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { tryTo } from './failure.ts';

export const names = ['ethtool'];

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const [first = ''] = args;
  if (/^(-h|--help|--version)$/.test(first)) {
    await process.out(recordedRun(process, 'ethtool', first)?.stdout ?? 'ethtool version 6.1\n');
    return 0;
  }
  const option = first.startsWith('-') ? first : undefined;
  const name = option ? args[1] : first;
  if (!name) {
    await process.err('ethtool: bad command line argument(s)\nFor more information run ethtool -h\n');
    return 1;
  }
  const link = process.machine.network.interfaces.find((one) => one.name === name);
  const { card } = process.machine.persona.facts;
  const deny = async (what: string, status = 71) => {
    await process.err(`Cannot ${what}: ${link ? 'Operation not supported' : 'No such device'}\n`);
    return status;
  };
  switch (option) {
    case undefined:
      if (!link) {
        await process.err(
          'netlink error: no device matches name (offset 24)\nnetlink error: No such device\n'.repeat(5),
        );
        await process.out('No data available\n');
        return 75;
      }
      await process.out(
        `Settings for ${name}:\n${link.loopback ? '' : (card?.settings ?? '')}\tLink detected: ${link.up ? 'yes' : 'no'}\n`,
      );
      return 0;
    case '-i':
    case '--driver': {
      if (!link || link.loopback || !card) return deny('get driver information');
      const bus =
        tryTo(() => process.files.readlink(`/sys/class/net/${name}/device`))?.replace(/^.*\//, '') ?? card.bus;
      await process.out(
        `driver: ${card.driver}\nversion: ${process.machine.identity.kernelRelease}\nfirmware-version: \nexpansion-rom-version: \nbus-info: ${bus}\nsupports-statistics: yes\nsupports-test: no\nsupports-eeprom-access: no\nsupports-register-dump: no\nsupports-priv-flags: no\n`,
      );
      return 0;
    }
    case '-P':
    case '--show-permaddr':
      if (!link) return deny('read permanent address', 1);
      await process.out(`Permanent address: ${link.loopback ? 'not set' : process.machine.identity.mac}\n`);
      return 0;
    case '-S':
    case '--statistics':
      if (!link || link.loopback) {
        await process.err('no stats available\n');
        return 94;
      }
      await process.out(
        `NIC statistics:\n     rx_packets: ${link.rxPackets()}\n     tx_packets: ${link.txPackets()}\n     rx_bytes: ${link.rxBytes()}\n     tx_bytes: ${link.txBytes()}\n`,
      );
      return 0;
  }
  process.witness.gap('ethtool', option);
  return link ? 0 : deny('get device settings', 71);
}
