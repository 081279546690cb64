/** The first descriptor that a child inherits after stdin, stdout, stderr and the message channel, or what is in that one's place. */
export const FIRST_INHERITED_FD = 4;
