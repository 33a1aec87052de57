import type { CandidateFacts } from '@earshot/telemetry';

export const TURN_UDP = 'turn:turn.example.com:3478?transport=udp';
export const TURN_TCP = 'turn:turn.example.com:3478?transport=tcp';
export const RELAYED = { address: '203.0.113.5', port: 45_001 };
export const CLIENT = { address: '198.51.100.0', port: 61_000 };
export const HIDDEN: CandidateFacts = { type: 'host', protocol: 'udp', address: 'f3b1.local', port: 50_000 };
export const SRFLX: CandidateFacts = { type: 'srflx', protocol: 'udp', address: '198.51.100.0', port: 60_000 };
