import { fromHex } from '@earshot/base';

/** A fixture as rows of `[what the bytes are, hexadecimal]`. */
export type LabelledBytes = readonly (readonly [label: string, hex: string])[];

export const bytesOf = (rows: LabelledBytes): Uint8Array => fromHex(rows.map(([, hex]) => hex).join(''));
