// How feeds say how often: in English, as their readers are programs and analysts everywhere.

export const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** @param entered those of the sessions that logged in */
export const visits = (sessions: number, entered: number): string =>
  `${sessions} session${sessions === 1 ? '' : 's'} that guessed passwords or got further, ${entered} of them logged in`;
