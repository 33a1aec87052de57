import { type ErrorCode, type Fault, fault } from '@earshot/base';

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'sip.auth_rejected',
  403: 'sip.auth_rejected',
  404: 'sip.not_found',
  407: 'sip.auth_rejected',
  408: 'sip.unavailable',
  410: 'sip.not_found',
  415: 'media.codec_mismatch',
  480: 'sip.unavailable',
  484: 'sip.not_found',
  485: 'sip.not_found',
  486: 'sip.busy',
  488: 'media.codec_mismatch',
  500: 'sip.service_unavailable',
  502: 'sip.service_unavailable',
  503: 'sip.service_unavailable',
  504: 'sip.service_unavailable',
  600: 'sip.busy',
  603: 'sip.declined',
  604: 'sip.not_found',
  606: 'media.codec_mismatch',
  607: 'sip.declined',
  608: 'sip.declined',
};

/** The stable code of a final response of 300 to 699 that the far end sent. */
export function classifyStatus(status: number): ErrorCode {
  const known = Object.hasOwn(BY_STATUS, status) ? BY_STATUS[status] : undefined;
  if (known !== undefined) return known;
  return status >= 600 ? 'sip.declined' : 'sip.request_rejected';
}

/** Some networks put the number called into the reason phrase; a fault holds no personal data. */
const withoutNumbers = (reason: string): string => reason.replace(/\+?\d[\d ().-]{2,}\d/g, '…');

/** `detail`: `486 Busy Here`; for 3xx that redirects are not followed. */
export function statusFault(status: number, reason: string): Fault {
  const line = `${status} ${withoutNumbers(reason)}`.trim().slice(0, 100);
  const detail = status < 400 ? `${line}; redirects are not followed` : line;
  return fault(classifyStatus(status), detail);
}
