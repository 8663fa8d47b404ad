// Redis with requirepass (RESP 2): AUTH by line or as an array of bulk strings; everything else needs it.
import type { Service } from './herald.ts';
import { bytes, lines } from './lines.ts';

const MOST_ARGUMENTS = 16;
const LONGEST = 4_096;

export const redis: Service = (visitor) => {
  let given: string[] = [];
  let expected = 0;
  const run = (command: string[]) => {
    const [name = '', ...rest] = command;
    switch (name.toUpperCase()) {
      case 'AUTH':
        if (rest.length === 0 || rest.length > 2)
          return visitor.send("-ERR wrong number of arguments for 'auth' command\r\n");
        visitor.attempt({
          username: bytes(rest.length === 2 ? rest[0]! : 'default'),
          password: bytes(rest.at(-1)!),
        });
        return visitor.send('-WRONGPASS invalid username-password pair or user is disabled.\r\n');
      case 'QUIT':
        visitor.send('+OK\r\n');
        return visitor.end();
    }
    visitor.send('-NOAUTH Authentication required.\r\n');
  };
  const wrong = (what: string) => {
    visitor.send(`-ERR Protocol error: ${what}\r\n`);
    visitor.violation('malformed RESP');
    visitor.end();
  };
  const receive = lines(visitor, (line) => {
    const text = line.toString('latin1');
    if (expected > 0) {
      const length = /^\$(\d{1,9})$/.exec(text);
      if (!length) return wrong(`expected '$', got '${/^[\x21-\x7e]/.exec(text)?.[0] ?? '?'}'`);
      if (Number(length[1]) > LONGEST) return wrong('invalid bulk length');
      return receive.literal(Number(length[1]) + 2, (data) => {
        given.push(data.subarray(0, -2).toString('latin1'));
        if (--expected > 0) return;
        const command = given;
        given = [];
        run(command);
      });
    }
    const array = /^\*(-?\d{1,9})$/.exec(text);
    if (!array) {
      const words = text.split(/\s+/).filter((word) => word !== '');
      if (words.length > 0) run(words);
      return;
    }
    if (Number(array[1]) > MOST_ARGUMENTS) return wrong('invalid multibulk length');
    expected = Math.max(0, Number(array[1]));
  });
  return receive;
};
