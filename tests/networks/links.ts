import { type Impairer, type Impairment, startImpairer } from './impairer.js';
import { ip, type Namespace } from './namespace.js';

/** One end of a link. */
export interface End {
  readonly namespace: Namespace;
  readonly device: string;
}

export interface LinkOptions {
  readonly mtu?: number;
  /** Both directions pass through a process that delays and loses packets. */
  readonly impairment?: Impairment;
}

const STANDARD_MTU = 1500;

/** Joins two namespaces by a link whose ends are up and have no addresses yet. The process of an impaired one is given. */
export async function connect(inner: End, outer: End, options: LinkOptions = {}): Promise<Impairer | undefined> {
  const { mtu = STANDARD_MTU, impairment } = options;
  const impairer = impairment === undefined ? undefined : await connectSlowly(inner, outer, impairment);
  if (impairer === undefined) {
    const [a, b] = [inner, outer].map(({ device, namespace }) => `name ${device} netns ${namespace.pid}`);
    await ip(inner.namespace, [`link add ${a} type veth peer ${b}`]);
  }
  for (const { device, namespace } of [inner, outer]) await ip(namespace, [`link set ${device} mtu ${mtu} up`]);
  return impairer;
}

async function connectSlowly(inner: End, outer: End, impairment: Impairment): Promise<Impairer> {
  const impairer = await startImpairer(outer.namespace, [inner.device, outer.device], impairment);
  await ip(outer.namespace, [`link set ${inner.device} netns ${inner.namespace.pid}`]);
  return impairer;
}
