// Python's signal: names and numbers; handlers are remembered and alarms are not set.
import { SIGNALS } from '../../run-command.ts';
import type { Module, Value } from '../values.ts';
import { library } from './module.ts';

/** The number of a signal named without SIG. */
export const signalNumber = (name: string): number => Math.max(0, SIGNALS.indexOf(name));

export function signalModule(): Module {
  const values: Record<string, Value> = { SIG_DFL: 0n, SIG_IGN: 1n, NSIG: 65n };
  for (const [number, name] of SIGNALS.entries()) if (number > 0) values[`SIG${name}`] = BigInt(number);
  return library(
    'signal',
    {
      signal: ([number, handler], _n, python) => {
        const name = SIGNALS[Number(number)];
        if (handler === 1n && name) python.process.onSignal(name as 'HUP', 'ignore');
        return 0n;
      },
      getsignal: () => 0n,
      alarm: (_a, _n, python) => {
        python.gap('signal.alarm');
        return 0n;
      },
      siginterrupt: () => null,
      *pause(_a, _n, python) {
        for (;;) yield python.process.sleep(3_600_000);
      },
    },
    values,
  );
}
