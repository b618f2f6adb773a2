/** What nobody can type or read: control characters, and halves of characters. */
export const CONTROL = /[\p{Cc}\p{Cs}]/u;
