// factor (GNU coreutils): prime factors.
import { Input } from './input.ts';
import { gnu, type Invocation } from './program.ts';
import { quote } from './quote.ts';

export const names = ['factor'];

export const main = gnu({
  short: '',
  usage: '[OPTION] [NUMBER]...',
  async run(run) {
    const one = async (text: string) => {
      if (!/^\s*\+?\d{1,40}\s*$/.test(text))
        return run.warn(`${quote(run.process, text)} is not a valid positive integer`);
      const turn = run.process.step(5);
      if (turn) await turn;
      const factors: bigint[] = [];
      let left = BigInt(text.trim().replace('+', ''));
      for (let p = 2n, turns = 0; p * p <= left && p < 10_000n; p += p === 2n ? 1n : 2n) {
        while (left % p === 0n) {
          factors.push(p);
          left /= p;
        }
        if ((++turns & 1023) === 0) {
          const turn = run.process.step(500);
          if (turn) await turn;
        }
      }
      if (left > 1n) factors.push(...(await split(run, left)));
      factors.sort((a, b) => (a < b ? -1 : 1));
      run.put(`${BigInt(text.trim().replace('+', ''))}:${factors.map((f) => ` ${f}`).join('')}\n`);
    };
    for (const text of run.operands) await one(text);
    if (run.operands.length === 0) {
      const input = new Input(run.process, 0);
      for (let line: string | undefined; (line = await input.next()) !== undefined; ) {
        for (const word of line.split(/\s+/).filter(Boolean)) await one(word);
        await run.flush();
      }
    }
    return undefined;
  },
});

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let b = base % modulus;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * b) % modulus;
    b = (b * b) % modulus;
  }
  return result;
}

/** Miller and Rabin's test, sure for what has fewer than 25 digits. */
function isPrime(n: bigint): boolean {
  let odd = n - 1n;
  let twos = 0;
  for (; (odd & 1n) === 0n; odd >>= 1n) twos++;
  return [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n].every((witness) => {
    if (witness % n === 0n) return true;
    let x = power(witness, odd, n);
    if (x === 1n || x === n - 1n) return true;
    for (let i = 1; i < twos; i++) {
      x = (x * x) % n;
      if (x === n - 1n) return true;
    }
    return false;
  });
}

/** The prime factors of a number without small ones: Pollard's rho. */
async function split(run: Invocation, n: bigint): Promise<bigint[]> {
  if (n < 100_000_000n || isPrime(n)) return [n];
  for (let c = 1n; ; c++) {
    let [slow, fast, product] = [2n, 2n, 1n];
    for (let round = 1; ; round++) {
      slow = (slow * slow + c) % n;
      fast = (fast * fast + c) % n;
      fast = (fast * fast + c) % n;
      product = (product * (slow > fast ? slow - fast : fast - slow)) % n;
      if (product === 0n) break;
      if ((round & 127) !== 0) continue;
      const turn = run.process.step(100);
      if (turn) await turn;
      const found = gcd(product, n);
      if (found > 1n && found < n) return [...(await split(run, found)), ...(await split(run, n / found))];
    }
    // Both have met within a few rounds: one by one.
    [slow, fast] = [2n, 2n];
    for (let d = 1n; d !== n; ) {
      slow = (slow * slow + c) % n;
      fast = (fast * fast + c) % n;
      fast = (fast * fast + c) % n;
      d = gcd(slow > fast ? slow - fast : fast - slow, n);
      const turn = run.process.step(2);
      if (turn) await turn;
      if (d > 1n && d < n) return [...(await split(run, d)), ...(await split(run, n / d))];
    }
  }
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y > 0n) [x, y] = [y, x % y];
  return x;
}
