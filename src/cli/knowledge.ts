// The rules that a data directory's configuration names: those that came with the program and the operator's own folder.
import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Knowledge } from '../diary/knowledge.ts';
import { Failure } from './failure.ts';

export const ownRules = (config: Config, dataDirectory: string): string => resolve(dataDirectory, config.diary.rules);

/** @throws Failure with the file, the line and what is wrong there */
export async function knowledgeOf(config: Config, dataDirectory: string): Promise<Knowledge> {
  return readKnowledge(ownRules(config, dataDirectory));
}

/** @throws Failure with the file, the line and what is wrong there */
export async function readKnowledge(folder: string): Promise<Knowledge> {
  const { loadKnowledge } = await import('../diary/knowledge.ts');
  try {
    return loadKnowledge(folder);
  } catch (error) {
    throw new Failure((error as Error).message, 2);
  }
}
