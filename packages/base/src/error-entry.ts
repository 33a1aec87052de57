export type Layer = 'network' | 'transport' | 'audio' | 'signaling' | 'device' | 'far-end' | 'configuration';

export interface ErrorEntry {
  readonly layer: Layer;
  /** One plain sentence for the person who meets it. */
  readonly what: string;
  /** One plain sentence: what that person can do. */
  readonly next: string;
}

export const entry = (layer: Layer, what: string, next: string): ErrorEntry => ({ layer, what, next });
