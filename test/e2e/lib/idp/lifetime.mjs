// How long a token named "short" lives: long enough to be used once on a busy machine.
export const shortSeconds = 3;
