/** An input of a core without its moment; the shell adds `now`. */
export type Timeless<Input> = Input extends { readonly now: number } ? Omit<Input, 'now'> : never;
