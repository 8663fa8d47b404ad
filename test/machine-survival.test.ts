// What an attacker changed is there again when the machine is stored and restored, and nobody else ever sees it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../src/machine/scratch.ts';
import { house } from './house.ts';

/** What is done, and what then shows it. */
const cases: [change: string, show: string][] = [
  ['iptables -A INPUT -s 203.0.113.9 -j DROP', 'iptables -S'],
  ['iptables -t nat -N PRE; iptables -P FORWARD DROP', 'iptables -t nat -S; iptables -S FORWARD'],
  ['ip6tables -I OUTPUT -p tcp --dport 25 -j REJECT', 'ip6tables -S'],
  [
    "ip route add 203.0.113.0/24 via $(ip route | awk '/^default/ {print $3}')",
    'ip route; route -n; cat /proc/net/route',
  ],
  ['ip route add blackhole 198.51.100.7', 'ip route'],
  ['ip rule add from 203.0.113.5 table 7', 'ip rule'],
  ['ip addr add 192.168.77.5/24 dev ens5', 'ip -br addr | grep -o 192.168.[0-9./]*'],
  ['ip link set ens5 mtu 1400', 'cat /sys/class/net/ens5/mtu; ip link show ens5'],
  ['ip neigh add 203.0.113.77 lladdr 02:00:00:00:00:01 dev ens5', 'arp -an; ip neigh'],
  [
    'sysctl -w net.ipv4.ip_forward=1 vm.nr_hugepages=128',
    'cat /proc/sys/net/ipv4/ip_forward; sysctl -n vm.nr_hugepages',
  ],
  ['echo 3 > /proc/sys/kernel/randomize_va_space', 'sysctl kernel.randomize_va_space'],
  ['rmmod tcp_diag', 'lsmod; cat /proc/modules'],
  ['hostname owned', 'hostname; uname -n; cat /proc/sys/kernel/hostname; uname -a'],
  ['systemctl stop cron', 'systemctl is-active cron'],
  ['systemctl mask ssh 2>/dev/null', 'systemctl is-enabled ssh'],
  ['echo "* * * * * /tmp/x" | crontab -', 'crontab -l'],
  ['useradd -m eve; echo eve:pw | chpasswd', 'grep eve /etc/passwd /etc/shadow /etc/group; ls -d /home/eve'],
];

for (const [change, show] of cases)
  test(change, async () => {
    const first = house();
    const own = first.machineFor('203.0.113.1');
    const before = (await run(own, show)).stdout;
    const done = await run(own, change);
    assert.equal(done.stderr, '');
    const after = (await run(own, show)).stdout;
    assert.notEqual(after, before, 'it shows');
    assert.equal((await run(first.machineFor('203.0.113.2'), show)).stdout, before, 'to nobody else');
    const second = house();
    const { pieces } = first.snapshot('203.0.113.1')!;
    assert.ok(second.restore('203.0.113.1', Buffer.concat(pieces)));
    assert.equal((await run(second.machineFor('203.0.113.1'), show)).stdout, after, 'after a restart');
    assert.equal((await run(second.machineFor('203.0.113.2'), show)).stdout, before, 'after a restart, to nobody else');
  });

test('a change is a reason to store the machine, and none is not', async () => {
  const one = house();
  const machine = one.machineFor('203.0.113.1');
  await run(machine, 'iptables -L');
  const { version } = one.snapshot('203.0.113.1') ?? { version: 0 };
  await run(machine, 'iptables -L');
  assert.equal(one.snapshot('203.0.113.1', version), undefined);
  await run(machine, 'iptables -A INPUT -j ACCEPT');
  assert.ok(one.snapshot('203.0.113.1', version));
});

test('there is an end to what a kernel takes', async () => {
  const machine = house().machineFor('203.0.113.1');
  const { ending, stderr } = await run(
    machine,
    'x=$(head -c 60000 /dev/zero | tr "\\\\0" a); for i in 1 2 3 4 5 6 7 8 9 10; do iptables -A INPUT -m comment --comment $i$x -j DROP || exit 9; done',
  );
  assert.deepEqual(ending, { code: 9 });
  assert.match(stderr, /Memory allocation problem/);
  assert.match((await run(machine, 'iptables -S')).stdout, /-P INPUT ACCEPT/);
});
