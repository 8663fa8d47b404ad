// false (GNU coreutils): nothing, with status 1.
export const names = ['false'];

export const main = (): number => 1;
