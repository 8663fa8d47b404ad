// Applets with a program of their own, by name: BusyBox' differs from the one of that name in more than words, or there is no other.
import type { Main } from '../../machine/machine.ts';
import { digestProgram } from '../digest.ts';
import { busyboxFtp } from '../ftpget.ts';
import { busyboxTftp } from '../tftp.ts';
import { busyboxWget } from '../wget.ts';
import { cal } from './calendar.ts';
import { clear, dos2unix, runParts, unix2dos, unzip, uudecode, uuencode } from './files.ts';
import { ifconfig } from './interfaces.ts';
import { insmod, modprobe, mount, opensDevice, rmmod, umount } from './kernel.ts';
import { ls } from './ls.ts';
import { df, free } from './memory.ts';
import { ps, top } from './processes.ts';
import { kill, killall } from './signals.ts';

export const OWN: Readonly<Record<string, Main>> = {
  cal,
  clear,
  df,
  dos2unix,
  fdisk: opensDevice,
  free,
  ftpget: busyboxFtp,
  ftpput: busyboxFtp,
  ifconfig,
  insmod,
  kill,
  killall,
  ls,
  modprobe,
  mount,
  ps,
  rmmod,
  'run-parts': runParts,
  sha3sum: digestProgram('sha3-224', 'SHA3', 56),
  tftp: busyboxTftp,
  top,
  umount,
  unix2dos,
  unzip,
  uudecode,
  uuencode,
  wget: busyboxWget,
};
