/** The two globals of the WHATWG Encoding standard that every JavaScript host has, beyond ECMAScript itself. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

export const encodeText = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Bytes that are not UTF-8 become U+FFFD: the text is for comparing and showing, the bytes stay what was received. */
export const decodeText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
