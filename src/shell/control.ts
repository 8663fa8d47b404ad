// What leaves a construct of the shell: thrown, and caught by the construct it is meant for.

export class Break {
  levels: number;
  readonly status: number;
  constructor(levels: number, status = 0) {
    this.levels = levels;
    this.status = status;
  }
}

export class Continue {
  levels: number;
  constructor(levels: number) {
    this.levels = levels;
  }
}

export class Return {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

export class Exit {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

/** Ctrl-C at an interactive shell: the whole line is given up. */
export class Aborted {}

/** An expansion or assignment failed: the rest of the line is given up, what stands on the next line runs (bash's DISCARD). */
export class Discard {}

/** A failed expansion ends the command: `bash: x: unbound variable`. */
export class ExpansionError extends Error {
  /** Ends a shell that is not interactive. */
  readonly fatal: boolean;
  /** Gives up all of what `bash -c` was to do, not the line alone. */
  unwinds = false;
  constructor(message: string, fatal = false) {
    super(message);
    this.fatal = fatal;
  }
}
