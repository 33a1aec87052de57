/** The static payload types of audio with one channel (RFC 3551 table 4): they need no a=rtpmap. */
export const STATIC_PAYLOAD_TYPES: ReadonlyMap<number, { readonly name: string; readonly clockRate: number }> = new Map(
  [
    [0, { name: 'PCMU', clockRate: 8000 }],
    [3, { name: 'GSM', clockRate: 8000 }],
    [4, { name: 'G723', clockRate: 8000 }],
    [5, { name: 'DVI4', clockRate: 8000 }],
    [6, { name: 'DVI4', clockRate: 16000 }],
    [7, { name: 'LPC', clockRate: 8000 }],
    [8, { name: 'PCMA', clockRate: 8000 }],
    // 8000 by a historical error that section 4.5.2 keeps: it samples at 16000.
    [9, { name: 'G722', clockRate: 8000 }],
    [12, { name: 'QCELP', clockRate: 8000 }],
    [13, { name: 'CN', clockRate: 8000 }],
    [15, { name: 'G728', clockRate: 8000 }],
    [18, { name: 'G729', clockRate: 8000 }],
  ],
);
