import { readerService } from './database/reader-service.js';
import { writerService } from './database/writer-service.js';
import { journalService } from './journal/service.js';
import { answer, type ThreadAnswer, type ThreadRequest } from './thread.js';
import type { ThreadSettings } from './threads.js';

/** What a thread does, by its role. Tests run it without one. */
export function answerer({
  role,
  place,
  restarted,
}: ThreadSettings): (request: ThreadRequest) => Promise<ThreadAnswer> {
  switch (role) {
    case 'journal': {
      const service = journalService(place.dataDir, restarted);
      return (request) => answer(service, request);
    }
    case 'writer': {
      const service = writerService(place);
      return (request) => answer(service, request);
    }
    case 'reader': {
      const service = readerService(place);
      return (request) => answer(service, request);
    }
  }
}
