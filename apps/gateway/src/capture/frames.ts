import type { Fault } from '@earshot/base';

/** One captured frame. Its bytes are valid until the next one is asked for. */
export interface Frame {
  /** Unix time in ms, with what finer parts the file has. */
  readonly at: number;
  /** LINKTYPE_ of the registry of tcpdump.org. */
  readonly linkType: number;
  readonly bytes: Uint8Array;
  /** Of the frame as it was on the wire; more than `bytes` where the capture cut it short. */
  readonly wireLength: number;
}

/** The frames of a capture, one after the other; at the end, what was wrong with the file, if anything was. */
export type Frames = Generator<Frame, Fault | undefined>;

/** No interface has larger frames, segmentation offload included; a larger number is a broken file. */
export const MAX_FRAME = 262_144;
