/** The part of sdp-transform that is read here; it ships no types. Values that look like numbers arrive as numbers. */
declare module 'sdp-transform' {
  type Value = string | number;

  interface SharedAttributes {
    readonly connection?: { readonly ip?: Value };
    readonly direction?: Value;
    readonly iceUfrag?: Value;
    readonly icePwd?: Value;
    readonly setup?: Value;
    readonly icelite?: Value;
  }

  export interface ParsedMedia extends SharedAttributes {
    readonly type?: Value;
    readonly port?: Value;
    readonly protocol?: Value;
    readonly payloads?: Value;
    readonly rtp: readonly {
      readonly payload?: Value;
      readonly codec?: Value;
      readonly rate?: Value;
      readonly encoding?: Value;
    }[];
    readonly fmtp: readonly { readonly payload?: Value; readonly config?: Value }[];
    readonly rtcp?: { readonly port?: Value; readonly address?: Value };
    readonly rtcpMux?: Value;
    readonly bundleOnly?: Value;
    readonly mid?: Value;
    readonly msid?: readonly { readonly id?: Value; readonly appdata?: Value }[];
    readonly ptime?: Value;
    readonly maxptime?: Value;
    readonly candidates?: readonly {
      readonly foundation?: Value;
      readonly component?: Value;
      readonly transport?: Value;
      readonly priority?: Value;
      readonly ip?: Value;
      readonly port?: Value;
      readonly type?: Value;
    }[];
    readonly endOfCandidates?: Value;
  }

  export interface ParsedSession extends SharedAttributes {
    readonly origin?: {
      readonly username?: Value;
      readonly sessionId?: Value;
      readonly sessionVersion?: Value;
      readonly address?: Value;
    };
    readonly groups?: readonly { readonly type?: Value; readonly mids?: Value }[];
    readonly media: readonly ParsedMedia[];
  }

  const sdpTransform: { parse(text: string): ParsedSession };
  export default sdpTransform;
}
