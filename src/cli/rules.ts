// `kansatsuki rules`: `test` holds every rule against its own examples, `list` names them, `about` says what the rules know of a value.
import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { Sighting } from '../diary/knowledge.ts';
import { Failure } from './failure.ts';
import { knowledgeOf, readKnowledge } from './knowledge.ts';
import { setup } from './options.ts';
import { printJson, printLine } from './print.ts';

const WHAT = ['username', 'password', 'command', 'client', 'url', 'hash'] as const;

export function rules(): Command {
  const command = new Command('rules').description('knowledge: what a name, password, command or client points to');
  command.addCommand(
    new Command('test')
      .description('hold every rule against its examples')
      .argument('[folder]', 'folder with *.toml files of your own (default: that of the configuration)')
      .action(async (folder: string | undefined, _, test: Command) => {
        const { json, quiet, texts, config, dataDirectory } = setup(test);
        if (folder !== undefined && !existsSync(folder)) throw new Failure(texts.noFolder(folder), 2);
        const knowledge = await (folder === undefined ? knowledgeOf(config, dataDirectory) : readKnowledge(folder));
        const wrong = knowledge.test();
        const all = [...knowledge.rules, ...knowledge.techniques.all];
        const examples = all.reduce((sum, rule) => sum + rule.examples.length + rule.counterexamples.length, 0);
        if (json) printJson({ rules: all.length, examples, wrong });
        else if (wrong.length === 0 && !quiet) printLine(texts.rulesGood(all.length, examples));
        for (const { rule, example, wrong: how } of json ? [] : wrong)
          printLine(texts.rulesWrong(rule, example, how === 'matches'));
        if (wrong.length > 0) process.exitCode = 1;
      }),
  );
  command.addCommand(
    new Command('list').description('every rule with its kind, name and source').action(async (_, list: Command) => {
      const { json, lang, config, dataDirectory } = setup(list);
      const { rules, techniques, hasshes } = await knowledgeOf(config, dataDirectory);
      if (json) return printJson({ rules, techniques: techniques.all, hasshes });
      for (const { id, kind, name, source } of rules) printLine(`${id}\t${kind}\t${name[lang]}\t${source}`);
      for (const { id, tactic, name } of techniques.all) printLine(`${id}\t${tactic}\t${name[lang]}\tMITRE ATT&CK`);
    }),
  );
  command.addCommand(
    new Command('about')
      .description('what the rules know of a value')
      .addOption(new Option('--as <what>', 'what it is').choices([...WHAT]).default('username'))
      .argument('<value>')
      .action(async (value: string, { as }: { as: (typeof WHAT)[number] }, about: Command) => {
        const { json, lang, config, dataDirectory } = setup(about);
        const knowledge = await knowledgeOf(config, dataDirectory);
        const found = knowledge.about({ [as]: value } as Sighting);
        const techniques =
          as === 'command' ? knowledge.techniques.read(value).techniques.map((one) => one.technique) : [];
        if (json) return printJson({ rules: found, techniques });
        for (const { id, kind, note, source } of found) printLine(`${id}\t${kind}\t${note[lang]}\t${source}`);
        for (const { id, tactic, name } of techniques) printLine(`${id}\t${tactic}\t${name[lang]}\tMITRE ATT&CK`);
        if (found.length + techniques.length === 0) process.exitCode = 1;
      }),
  );
  return command;
}
