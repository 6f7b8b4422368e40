/** What JSON can say (RFC 8259). A member that is undefined is left out when it is stored. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [member: string]: Json | undefined };
