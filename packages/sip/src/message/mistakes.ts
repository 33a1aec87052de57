export interface Mistake {
  readonly reason: string;
  /** The offset in the text. */
  readonly at: number;
}

/** Remembers the first mistake; later ones are often its consequence. */
export class Mistakes {
  first: Mistake | undefined;

  note(mistake: Mistake | undefined): void {
    this.first ??= mistake;
  }
}
