// lsusb (usbutils 014): the devices on the USB, from the persona's facts.
import { gnu } from './program.ts';

export const names = ['lsusb'];

export const main = gnu({
  short: 'D:d:hs:tvV',
  long: { verbose: 'v', tree: 't' },
  usage: '[options]...',
  release: 'usbutils 014',
  run(run) {
    const { usb = [] } = run.process.machine.persona.facts;
    if (run.has('V')) {
      run.put('lsusb (usbutils) 014\n');
      return 0;
    }
    const wanted = usb.filter(
      ({ bus, device, id }) =>
        (!run.has('d') || id.startsWith(run.value('d')!.replace(/:$/, ''))) &&
        (!run.has('s') ||
          run
            .value('s')!
            .split(':')
            .every(
              (part, n) => part === '' || Number(part) === (n === 0 && run.value('s')!.includes(':') ? bus : device),
            )),
    );
    if (run.has('t')) {
      const buses = [...new Set(usb.map(({ bus }) => bus))];
      for (const bus of buses) {
        for (const { device, driver = 'hub/1p', speed = '480M', depth = 0, port = 1 } of usb.filter(
          (one) => one.bus === bus,
        ))
          run.put(
            depth === 0
              ? `/:  Bus ${String(bus).padStart(2, '0')}.Port 1: Dev ${device}, Class=root_hub, Driver=${driver}, ${speed}\n`
              : `${'    '.repeat(depth)}|__ Port ${port}: Dev ${device}, If 0, Class=${driver.startsWith('hub') ? 'Hub' : 'Vendor Specific Class'}, Driver=${driver}, ${speed}\n`,
          );
      }
      return 0;
    }
    for (const { bus, device, id, name } of wanted)
      run.put(`Bus ${String(bus).padStart(3, '0')} Device ${String(device).padStart(3, '0')}: ID ${id} ${name}\n`);
    return wanted.length === 0 && (run.has('d') || run.has('s') || usb.length === 0) ? 1 : 0;
  },
});
