// busybox (1.35.0, Debian): one binary of many applets, each run as the program of its name in BusyBox' words.
import type { Bytes, Main, Process } from '../machine/machine.ts';
import { Failure, reason } from './failure.ts';
import { busyboxFtp } from './ftpget.ts';
import { WrongUse } from './getopt.ts';
import { calledAs } from './program.ts';
import { busyboxTftp } from './tftp.ts';
import { busyboxWget } from './wget.ts';

export const names = ['busybox'];

const BANNER = 'BusyBox v1.35.0 (Debian 1:1.35.0-4+b3) multi-call binary.';

/** The applets of Debian's busybox. */
const APPLETS =
  '[ [[ acpid adjtimex ar arch arp arping ascii ash awk base64 basename bc blkdiscard blkid blockdev brctl bunzip2 busybox bzcat bzip2 cal cat chgrp chmod chown chroot chvt clear cmp cp cpio crc32 cttyhack cut date dc dd deallocvt depmod devmem df diff dirname dmesg dnsdomainname dos2unix du dumpkmap dumpleases echo egrep env expand expr factor fallocate false fatattr fdisk fgrep find fold free freeramdisk fsfreeze fstrim ftpget ftpput getopt getty grep groups gunzip gzip halt head hexdump hostid hostname hwclock i2cdetect i2cdump i2cget i2cset i2ctransfer id ifconfig ifdown ifup init insmod install ionice ip ipcalc kill killall klogd last less link linux32 linux64 linuxrc ln loadfont loadkmap logger login logname logread losetup ls lsmod lsscsi lzcat lzma lzop md5sum mdev microcom mim mkdir mkdosfs mke2fs mkfifo mknod mkpasswd mkswap mktemp modinfo modprobe more mount mt mv nameif nbd-client nc netstat nl nologin nproc nsenter nslookup nuke od openvt partprobe paste patch pidof ping ping6 pivot_root poweroff printf ps pwd rdate readlink realpath reboot renice reset resume rev rm rmdir rmmod route rpm rpm2cpio run-init run-parts sed seedrng seq setkeycodes setpriv setsid sh sha1sum sha256sum sha3sum sha512sum shred shuf sleep sort ssl_client start-stop-daemon stat strings stty sulogin svc svok swapoff swapon switch_root sync sysctl syslogd tac tail tar taskset tc tee telnet test tftp time timeout top touch tr traceroute traceroute6 true truncate ts tty tunctl ubirename udhcpc udhcpd uevent umount uname uncompress unexpand uniq unix2dos unlink unlzma unshare unxz unzip uptime usleep uudecode uuencode vconfig vi w watch watchdog wc wget which who whoami xargs xxd xz xzcat yes zcat'.split(
    ' ',
  );
const KNOWN = new Set(APPLETS);

/** Applets with manners of their own; the others are the programs of their names. */
const OWN: Record<string, { main: Main; usage: string }> = {
  wget: {
    main: busyboxWget,
    usage:
      "wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]\n\t[--post-data STR | --post-file FILE] [-Y on/off]\n\t[-P DIR] [-U AGENT] [-T SEC] URL...\n\nRetrieve files via HTTP or FTP\n\n\t--spider\tOnly check URL existence: $? is 0 if exists\n\t--header STR\tAdd STR (of form 'header: value') to headers\n\t--post-data STR\tSend STR using POST method\n\t--post-file FILE\tSend FILE using POST method\n\t-c\t\tContinue retrieval of aborted transfer\n\t-q\t\tQuiet\n\t-P DIR\t\tSave to DIR (default .)\n\t-S    \t\tShow server response\n\t-T SEC\t\tNetwork read timeout is SEC seconds\n\t-O FILE\t\tSave to FILE ('-' for stdout)\n\t-o LOGFILE\tLog messages to FILE\n\t-U STR\t\tUse STR for User-Agent header\n\t-Y on/off\tUse proxy\n",
  },
  tftp: {
    main: busyboxTftp,
    usage:
      'tftp [OPTIONS] HOST [PORT]\n\nTransfer a file from/to tftp server\n\n\t-l FILE\tLocal FILE\n\t-r FILE\tRemote FILE\n\t-g\tGet file\n\t-p\tPut file\n\t-b SIZE\tTransfer blocks in bytes\n',
  },
  ftpget: {
    main: busyboxFtp,
    usage:
      'ftpget [OPTIONS] HOST [LOCAL_FILE] REMOTE_FILE\n\nDownload a file via FTP\n\n\t-c\tContinue previous transfer\n\t-v\tVerbose\n\t-u USER\tUsername\n\t-p PASS\tPassword\n\t-P PORT\n',
  },
  ftpput: {
    main: busyboxFtp,
    usage:
      'ftpput [OPTIONS] HOST [REMOTE_FILE] LOCAL_FILE\n\nUpload a file to a FTP server\n\n\t-v\tVerbose\n\t-u USER\tUsername\n\t-p PASS\tPassword\n\t-P PORT\n',
  },
};

export async function main(process: Process): Promise<number> {
  // Called as an applet (`/bin/tftp -> busybox`), or with the applet's name in front.
  const called = calledAs(process);
  const args = called === 'busybox' || !KNOWN.has(called) ? process.argv.slice(1) : [called, ...process.argv.slice(1)];
  const [first, ...rest] = args;
  if (first === undefined || first === '--help') {
    if (first === '--help' && rest.length > 0) return help(process, rest[0]!);
    await process.out(general());
    return 0;
  }
  if (first === '--list') {
    await process.out(`${APPLETS.join('\n')}\n`);
    return 0;
  }
  if (first === '--list-full') {
    await process.out(`${APPLETS.map((a) => `usr/bin/${a}`).join('\n')}\n`);
    return 0;
  }
  if (first === '--install') return install(process, rest);
  const applet = first.slice(first.lastIndexOf('/') + 1);
  if (!KNOWN.has(applet)) {
    await process.err(`${applet}: applet not found\n`);
    return 127;
  }
  if (rest[0] === '--help' && applet !== 'test' && applet !== 'echo') return help(process, applet);
  process.argv = [applet, ...rest];
  return runApplet(process, applet);
}

/** Runs one applet in this process; what it does not know is said in BusyBox' words. */
async function runApplet(process: Process, applet: string): Promise<number> {
  const own = OWN[applet];
  if (!own) {
    const shell =
      applet === 'sh' || applet === 'ash'
        ? (process.machine.program('ash') ?? process.machine.program('dash'))
        : undefined;
    const program = shell ?? process.machine.program(applet);
    if (program) return program(process);
    process.witness.gap('busybox', applet);
    return 0;
  }
  try {
    return await own.main(process);
  } catch (error) {
    if (error instanceof WrongUse) {
      await process.err(`${error.message ? `${applet}: ${error.message}\n` : ''}${BANNER}\n\nUsage: ${own.usage}`);
      return 1;
    }
    await process.err(`${applet}: ${error instanceof Failure ? error.message : reason(error)}\n`);
    return 1;
  }
}

async function help(process: Process, applet: string): Promise<number> {
  if (!KNOWN.has(applet)) {
    await process.err(`${applet}: applet not found\n`);
    return 127;
  }
  await process.err(`${BANNER}\n\nUsage: ${OWN[applet]?.usage ?? `${applet} [OPTIONS]\n`}`);
  return 0;
}

async function install(process: Process, args: readonly Bytes[]): Promise<number> {
  const symbolic = args[0] === '-s';
  const directory = args[symbolic ? 1 : 0] ?? '/bin';
  for (const applet of APPLETS) {
    const turn = process.step(3);
    if (turn) await turn;
    try {
      if (symbolic) process.files.symlink('/usr/bin/busybox', `${directory}/${applet}`);
      else process.files.link('/usr/bin/busybox', `${directory}/${applet}`);
    } catch (error) {
      await process.err(`busybox: ${directory}/${applet}: ${reason(error)}\n`);
    }
  }
  return 0;
}

function general(): string {
  let list = '';
  let line = '\t';
  for (const [i, applet] of APPLETS.entries()) {
    const word = applet + (i < APPLETS.length - 1 ? ',' : '');
    if (line.length + word.length + 8 > 78) {
      list += `${line.trimEnd()}\n`;
      line = '\t';
    }
    line += `${word} `;
  }
  return `${BANNER}
BusyBox is copyrighted by many authors between 1998-2015.
Licensed under GPLv2. See source distribution for detailed
copyright notices.

Usage: busybox [function [arguments]...]
   or: busybox --list[-full]
   or: busybox --show SCRIPT
   or: busybox --install [-s] [DIR]
   or: function [arguments]...

	BusyBox is a multi-call binary that combines many common Unix
	utilities into a single executable.  Most people will create a
	link to busybox for each function they wish to use and BusyBox
	will act like whatever it was invoked as.

Currently defined functions:
${list}${line.trimEnd()}
`;
}
