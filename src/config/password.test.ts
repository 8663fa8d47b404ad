// A hash fits its password and no other, and nothing else is taken for a hash.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from './config.ts';
import { hashPassword, verifyPassword } from './password.ts';

test('a password fits its own hash only', async () => {
  const hash = await hashPassword('パスワード correct horse');
  assert.ok(configSchema.safeParse({ web: { password_hash: hash } }).success);
  assert.equal(await verifyPassword('パスワード correct horse', hash), true);
  assert.equal(await verifyPassword('パスワート correct horse', hash), false);
  // The same characters composed differently (an input method's choice) are the same password.
  assert.equal(await verifyPassword('パスワード correct horse'.normalize('NFD'), hash), true);
  assert.equal(await verifyPassword('', hash), false);
});

test('two hashes of one password differ by their salt', async () => {
  const [a, b] = await Promise.all([hashPassword('x'), hashPassword('x')]);
  assert.notEqual(a, b);
});

test('what is no hash, or asks for absurd cost, fits nothing', async () => {
  const salt = 'A'.repeat(22);
  const key = 'A'.repeat(43);
  for (const hash of ['', 'x', `$scrypt$n=3,r=8,p=1$${salt}==$${key}=`, `$scrypt$n=8388608,r=99,p=1$${salt}==$${key}=`])
    assert.equal(await verifyPassword('x', hash), false, hash);
});
