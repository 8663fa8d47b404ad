// `kansatsuki rules test`: holds every rule of the folder rules/ against its own examples.
import { Command } from 'commander';
import { Failure } from './failure.ts';
import { setup } from './options.ts';
import { printJson, printLine } from './print.ts';

export function rules(): Command {
  const command = new Command('rules').description('knowledge: what a name, password, command or client points to');
  command.addCommand(
    new Command('test')
      .description('hold every rule against its examples')
      .argument('[folder]', 'folder with *.toml files (default: the rules that came with Kansatsuki)')
      .action(async (folder: string | undefined, _, test: Command) => {
        const { json, quiet, texts } = setup(test);
        const { loadKnowledge } = await import('../diary/knowledge.ts');
        const knowledge = read(() => loadKnowledge(folder));
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
  return command;
}

function read<Result>(load: () => Result): Result {
  try {
    return load();
  } catch (error) {
    throw new Failure((error as Error).message, 2);
  }
}
