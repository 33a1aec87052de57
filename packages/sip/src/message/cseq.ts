/** The order and method of a request (RFC 3261 section 20.16). */
export interface CSeq {
  readonly number: number;
  readonly method: string;
}
