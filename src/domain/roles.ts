/** The role of those who look after Gatehouse itself. */
export const administratorRole = 'administrator';

/** Every role that means something; any other would look like a right and be none. */
export const roles: readonly string[] = [administratorRole];
