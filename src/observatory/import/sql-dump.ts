// Dumps of Kippo's and Cowrie's databases as SQL: mysqldump, phpMyAdmin, SQLite, pg_dump.
import { CowrieTables, isCowrieTable } from './cowrie-tables.ts';
import type { Reader } from './reader.ts';
import { SqlStatements } from './sql-statements.ts';

const BEGINNING = /^(?:--|#|\/\*|(?:CREATE|INSERT|REPLACE|COPY|PRAGMA|SET|BEGIN|START|DROP|USE|LOCK|SELECT)\b)/i;
const OURS =
  /^(?:CREATE TABLE (?:IF NOT EXISTS )?|INSERT (?:IGNORE )?INTO |COPY )[`"]?(?:\w+[`"]?\.[`"]?)?(?:auth|clients|downloads|input|sensors|sessions?|ttylog|keyfingerprints|params|ipforwards(?:data)?)\b/im;
const DUMP = /^(?:-- (?:MySQL|MariaDB|phpMyAdmin|PostgreSQL)|-- Dump|PRAGMA foreign_keys=OFF)/im;

export const sqlDump: Reader = {
  kind: 'sql',
  turn: 1,
  recognises: ({ text }) => BEGINNING.test(text) && (OURS.test(text) || DUMP.test(text.slice(0, 2000))),
  begin: (sink) => async (log) => {
    const tables = new CowrieTables();
    try {
      let statements: SqlStatements | undefined;
      for await (const chunk of log.chunks()) {
        const text = chunk.toString('latin1');
        statements ??= new SqlStatements(
          !/^PRAGMA foreign_keys|^-- PostgreSQL/m.test(text.slice(0, 4000)),
          (table, row) => {
            sink.line();
            if (isCowrieTable(table)) tables.add(table, row);
            else sink.other(`row of ${table.slice(0, 64)}`);
          },
          (what) => sink.malformed(what),
        );
        statements.feed(text);
      }
      statements?.end();
    } finally {
      // What came before a cut is told.
      try {
        await tables.events(sink);
      } finally {
        tables.close();
      }
    }
  },
};
