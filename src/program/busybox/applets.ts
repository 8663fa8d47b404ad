// Applets with a program of their own, by name: BusyBox' differs from the one of that name in more than words.
import type { Main } from '../../machine/machine.ts';
import { busyboxFtp } from '../ftpget.ts';
import { busyboxTftp } from '../tftp.ts';
import { busyboxWget } from '../wget.ts';

export const OWN: Readonly<Record<string, Main>> = {
  ftpget: busyboxFtp,
  ftpput: busyboxFtp,
  tftp: busyboxTftp,
  wget: busyboxWget,
};
