// How an event reached the store.

export interface Source {
  /** Rebuilt from a text log: it may only repeat what a JSON log of the same session says. */
  text?: boolean;
  /** The time has whole seconds only. */
  coarse?: boolean;
  /** The time was guessed. */
  approximate?: boolean;
}
