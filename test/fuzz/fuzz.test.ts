// Every fuzz target for a few seconds, from the same seed each time unless FUZZ_SEED gives another; docs/security.md has the long runs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** Seconds of all targets together; each gets its share. */
const SECONDS = 40;

const seed = process.env['FUZZ_SEED'] ?? '1';
const names = readdirSync(join(import.meta.dirname, 'targets')).map((file) => file.replace(/\.ts$/, ''));

for (const name of names)
  test(`${name}: nothing breaks it`, { timeout: 120_000 }, async (t) => {
    const args = [
      join(import.meta.dirname, 'run.ts'),
      name,
      '--seed',
      seed,
      '--seconds',
      String(SECONDS / names.length),
    ];
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args]);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(code, 0, output);
    t.diagnostic(output.trim());
  });
