// What leaves a construct of the shell: thrown, and caught by the construct it is meant for.

export class Break {
  levels: number;
  constructor(levels: number) {
    this.levels = levels;
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
