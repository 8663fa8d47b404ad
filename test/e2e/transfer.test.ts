// Files by SFTP and SCP, with real clients: they arrive, come back the same, and each upload is in the vault and in the journal.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Finished, has, type Running, remove, run, startKansatsuki, until } from './running.ts';

let running: Running;
const scratch = mkdtempSync(join(tmpdir(), 'kansatsuki-files-'));
const sample = randomBytes(700_001);
const shasum = createHash('sha256').update(sample).digest('hex');

before(async () => {
  running = await startKansatsuki();
  mkdirSync(join(scratch, 'tree/inner'), { recursive: true });
  writeFileSync(join(scratch, 'sample'), sample);
  writeFileSync(join(scratch, 'tree/one'), 'one\n', { mode: 0o640 });
  writeFileSync(join(scratch, 'tree/inner/two'), 'two\n');
  utimesSync(join(scratch, 'tree/one'), 1_000_000_000, 1_000_000_000);
});
after(async () => {
  await running?.stop();
  if (running) remove(running.data);
  remove(scratch);
});

const skip = (...programs: string[]) => {
  const missing = programs.filter((program) => !has(program));
  return missing.length > 0 ? `${missing.join(', ')} not installed` : false;
};
const options = [
  ...['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'],
  ...['PubkeyAuthentication=no', 'BatchMode=no'],
].flatMap((option) => ['-o', option]);
const client = (program: string, ...args: string[]): Promise<Finished> =>
  run('sshpass', ['-p', 'letmein', program, ...options, '-P', `${running.ssh.port}`, ...args], { cwd: scratch });
const host = () => `root@${running.ssh.host}`;
const uploads = (filename: string) =>
  running
    .journal()
    .filter((event) => event['eventid'] === 'cowrie.session.file_upload' && event['filename'] === filename);

test('sftp: put, get, list, rename, link, recursive', { skip: skip('sftp', 'sshpass') }, async () => {
  const batch = `put sample /tmp/s1
rename /tmp/s1 /tmp/s2
chmod 600 /tmp/s2
ln -s s2 /tmp/link
ls -l /tmp/s2
get /tmp/link back
mkdir /tmp/up
put -r tree /tmp/up
get -r /tmp/up/tree tree2
df /tmp
-get /tmp/nosuch
`;
  writeFileSync(join(scratch, 'batch'), batch);
  const { code, stdout, stderr } = await client('sftp', '-b', 'batch', host());
  assert.equal(code, 0, stderr);
  assert.match(stdout, /-rw------- +\S+ root +root +700001 /);
  assert.match(stderr, /File "\/tmp\/nosuch" not found/);
  assert.deepEqual(readFileSync(join(scratch, 'back')), sample);
  assert.equal(readFileSync(join(scratch, 'tree2/inner/two'), 'utf8'), 'two\n');
  await until(() => uploads('s1').length > 0 && uploads('two').length > 0);
  const [upload] = uploads('s1');
  assert.equal(upload!['shasum'], shasum);
  assert.equal(upload!['outfile'], `downloads/${shasum}`);
  assert.equal(upload!['destfile'], '/tmp/s1');
  assert.equal(upload!['size'], sample.length);
  assert.deepEqual(readFileSync(join(running.data, 'downloads', shasum)), sample);
  // As with Cowrie, nothing else is told of such a session.
  const ids = running.journal().filter(({ session }) => session === upload!['session']);
  assert.ok(!ids.some(({ eventid }) => eventid === 'cowrie.command.input' || eventid === 'cowrie.log.closed'));
});

for (const mode of ['-s', '-O'])
  test(`scp ${mode}, both ways, recursive, with times`, { skip: skip('scp', 'sshpass') }, async () => {
    const name = `copy${mode}`;
    assert.equal((await client('scp', mode, 'sample', `${host()}:/tmp/${name}`)).code, 0);
    assert.equal((await client('scp', mode, `${host()}:/tmp/${name}`, name)).code, 0);
    assert.deepEqual(readFileSync(join(scratch, name)), sample);
    assert.equal((await client('scp', mode, '-rp', 'tree', `${host()}:/tmp/tree${mode}`)).code, 0);
    assert.equal((await client('scp', mode, '-rp', `${host()}:/tmp/tree${mode}`, '.')).code, 0);
    const { mtimeMs, mode: permissions } = statSync(join(scratch, `tree${mode}/one`));
    assert.equal(mtimeMs, 1_000_000_000_000);
    assert.equal(permissions & 0o777, 0o640);
    const { code, stderr } = await client('scp', mode, 'sample', `${host()}:/nosuch/x`);
    assert.equal(code, 1);
    assert.match(stderr, /No such file or directory|No such file/);
    await until(() => uploads(name).length > 0);
    const [upload] = uploads(name);
    // As with Cowrie: SFTP tells a path, the old protocol the hash alone.
    assert.equal(upload!['outfile'], mode === '-O' ? shasum : `downloads/${shasum}`);
    assert.equal(upload!['shasum'], shasum);
  });

test('psftp', { skip: skip('psftp') }, async () => {
  writeFileSync(join(scratch, 'psftp'), 'put sample /tmp/putty\nget /tmp/putty putty\nls /tmp\nquit\n');
  const args = [
    '-batch',
    '-hostkey',
    await fingerprint(),
    '-pw',
    'letmein',
    '-P',
    `${running.ssh.port}`,
    '-b',
    'psftp',
    host(),
  ];
  const { code, stderr } = await run('psftp', args, { cwd: scratch });
  assert.equal(code, 0, stderr);
  assert.deepEqual(readFileSync(join(scratch, 'putty')), sample);
});

test('paramiko', { skip: skip('python3') }, async () => {
  const script = `
import paramiko, sys
t = paramiko.Transport(('${running.ssh.host}', ${running.ssh.port}))
t.connect(username='root', password='letmein')
s = paramiko.SFTPClient.from_transport(t)
s.put('sample', '/tmp/paramiko')
s.get('/tmp/paramiko', 'paramiko')
print(s.stat('/tmp/paramiko').st_size, sorted(s.listdir('/')) [:3], s.normalize('.'))
t.close()
`;
  const { code, stdout, stderr } = await run('/usr/bin/python3', ['-c', script], { cwd: scratch });
  if (/No module named/.test(stderr)) return;
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trim(), "700001 ['bin', 'boot', 'dev'] /root");
  assert.deepEqual(readFileSync(join(scratch, 'paramiko')), sample);
});

test('rsync and git find nobody', { skip: skip('ssh', 'sshpass') }, async () => {
  for (const [command, missing] of [
    ['rsync --server -vlogDtpre.iLsfxCIvu . /tmp/', 'rsync'],
    ["git-upload-pack '/srv/repo.git'", 'git-upload-pack'],
    ["git-receive-pack '/srv/repo.git'", 'git-receive-pack'],
  ] as const) {
    const { code, stderr } = await run('sshpass', [
      ...['-p', 'letmein', 'ssh', ...options, '-p', `${running.ssh.port}`, host(), command],
    ]);
    assert.equal(stderr, `bash: line 1: ${missing}: command not found\n`);
    assert.equal(code, 127);
  }
});

/** Of the sensor's Ed25519 key, as PuTTY wants it. */
async function fingerprint(): Promise<string> {
  const scan = await run('ssh-keyscan', ['-t', 'ed25519', '-p', `${running.ssh.port}`, running.ssh.host]);
  const { stdout } = await run('ssh-keygen', ['-lf', '-'], { input: scan.stdout });
  return /SHA256:\S+/.exec(stdout)?.[0] ?? '';
}
