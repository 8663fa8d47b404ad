// stdbuf (GNU coreutils): buffering of a program.
import { prefixCommand } from './prefix-command.ts';

export const names = ['stdbuf'];

export const main = prefixCommand('i:o:e:', { 'input=': 'i', 'output=': 'o', 'error=': 'e' }, () => 0);
