// Waits for a change in folders, once: so that looking can be rare while nothing happens, and nothing is told while much does.
import { type FSWatcher, watch } from 'node:fs';

export class Wake {
  #watchers: FSWatcher[] = [];

  get armed(): boolean {
    return this.#watchers.length > 0;
  }

  /** Calls back once at the first change in any of the folders. Where the system tells of none, it never does. */
  arm(folders: readonly string[], onChange: () => void): void {
    this.disarm();
    const changed = () => {
      this.disarm();
      onChange();
    };
    for (const folder of folders) {
      try {
        const watcher = watch(folder, { persistent: false }, changed);
        watcher.on('error', () => watcher.close());
        this.#watchers.push(watcher);
      } catch {
        // No folder, or no more watches to be had: it is looked at all the same.
      }
    }
  }

  disarm(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}
